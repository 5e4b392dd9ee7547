#!/bin/sh
# shellcheck disable=SC2154,SC2034 # variables of the script that sources this
# Part of ./attn, which sources it: the module bench/peers, with libtorch and ONNX Runtime in it, which
# nothing but bench --peer builds, fetches or loads. Why: docs/decisions/0009-peers.md.

peers_app="$root/bench/peers/target/app"
peers_stamp="$peers_app/built-from"
peers_folder='' # set where the command line is to know of it

wants_peers() {
  [ "$(command_word "$@")" = bench ] || return 1
  wanted=false
  for argument in "$@"; do
    case $argument in
      -h | --help | --dry-run) return 1 ;;
      --peer | --peer=*) wanted=true ;;
    esac
  done
  $wanted
}

# The module is compiled against the application, so it is of the same sources or out of date. Both
# are counted as the application is: docs/decisions/0001-launcher.md.
peers_as_wanted() {
  wants_peers "$@" || return 0
  peers_folder=$peers_app
  [ -f "$peers_stamp" ] && [ -f "$peers_app/attn4j-peers.jar" ] && [ -f "$stamp" ] \
    && [ "$(cat "$peers_stamp")" = "$(cat "$stamp")" ]
}

# The application is up to date, and stays so if this fails: Maven finds nothing to do in it.
build_peers() {
  find_maven
  make_state_folder || fail 8 "$root cannot be written, and the peers are not built from its sources"
  note "building the peers (first time: downloads 170 MB, libtorch and ONNX Runtime)"
  sources=$(list_sources)
  log="$state/build-peers.log"
  if ! run_maven -B -q -Ppeers -Dmaven.test.skip=true package >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    if could_not_download; then
      note "--peer needs libtorch and ONNX Runtime, which could not be downloaded; missing, as Maven says above:"
      note "  $(grep -o -E '(org\.bytedeco|com\.microsoft\.onnxruntime):[a-z]+:(jar|pom):[A-Za-z0-9_.:-]*[A-Za-z0-9]' "$log" | sort -u | tr '\n' ' ')"
      fail 4 "run the command once with a network connection, or leave --peer out"
    fi
    fail 70 "building the peers failed, output above; if the sources are unchanged, please report it"
  fi
  [ -f "$peers_app/attn4j-peers.jar" ] || fail 70 "the build left no $peers_app/attn4j-peers.jar; please report it"
  write_stamp "$sources" # Maven may have packed the application anew
  cat "$stamp" >"$peers_stamp"
}
