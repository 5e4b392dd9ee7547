#!/bin/sh
# Runs attn4j from this folder: its own Java runtime, its own OpenCL loader, and the OpenCL driver
# that this machine has. Needs nothing else, no environment variable either, and writes nothing here.
#
#   ./attn COMMAND ...      ./attn --help lists the commands
#
# Variables it reads:
#   OCL_ICD_VENDORS        which drivers to use: a folder of .icd files, an .icd file or a driver library
#   OPENCL_VENDOR_PATH     a folder of .icd files
#   OCL_ICD_FILENAMES      driver libraries to use as well, separated by colons
#   ATTN_DRIVER_FOLDERS    folders to look for drivers in, separated by colons, instead of the usual ones
#   ATTN_VENDORS_FOLDER    where this system registers drivers, instead of /etc/OpenCL/vendors
#   ATTN_CACHE_DIR         where compiled kernels are kept, instead of ~/.cache/attn4j/programs, or without
#                          HOME and XDG_CACHE_HOME a folder of the user's own in TMPDIR; PoCL keeps its own
#                          in POCL_CACHE_DIR, instead of ~/.cache/pocl or, without both, that folder
#   ATTN_JAVA_OPTS         more options for the JVM, separated by spaces
#   TMPDIR                 for temporary files, instead of /tmp
set -eu
unset CDPATH
PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PATH

# The standard output belongs to the command line (it may be JSON), so notes go elsewhere.
note() { printf 'attn: %s\n' "$*" >&2; }

parent() { # the folder of a path
  case $1 in
    */*) parent=${1%/*} ;;
    *) parent=. ;;
  esac
  printf '%s\n' "${parent:-/}"
}

# Prints the file behind a chain of symbolic links.
resolve() {
  file=$1
  while [ -L "$file" ]; do
    link=$(readlink "$file")
    case $link in
      /*) file=$link ;;
      *) file=$(parent "$file")/$link ;;
    esac
  done
  printf '%s\n' "$file"
}

root=$(cd "$(parent "$(resolve "$0")")" && pwd -P)
temporary=${TMPDIR:-/tmp}
newline='
'

# ---- Drivers ---------------------------------------------------------------------------------

# Where the dynamic linker looks by itself.
own_folders='/usr/lib/x86_64-linux-gnu
/lib/x86_64-linux-gnu
/usr/lib64
/lib64
/usr/lib'

# Where drivers' packages and installers, container toolkits and WSL put their libraries.
driver_folders() {
  if [ -n "${ATTN_DRIVER_FOLDERS+set}" ]; then
    split_at_colons "$ATTN_DRIVER_FOLDERS"
    return
  fi
  split_at_colons "${LD_LIBRARY_PATH-}"
  printf '%s\n' "$own_folders"
  printf '%s\n' \
    /usr/lib/x86_64-linux-gnu/nvidia/current /usr/lib64/nvidia /usr/lib/nvidia* \
    /usr/local/nvidia/lib64 /usr/local/nvidia/lib /usr/local/cuda/compat /usr/local/cuda-*/compat \
    /opt/rocm/lib /opt/rocm/opencl/lib /opt/rocm-*/lib /opt/rocm-*/opencl/lib \
    /opt/amdgpu/lib/x86_64-linux-gnu /opt/amdgpu-pro/lib/x86_64-linux-gnu \
    /usr/lib/x86_64-linux-gnu/intel-opencl /usr/lib64/intel-opencl /usr/lib/intel-opencl \
    /usr/lib/wsl/lib /usr/lib/wsl/drivers/* /run/opengl-driver/lib /usr/local/lib64 /usr/local/lib
}

split_at_colons() {
  rest=$1
  while [ -n "$rest" ]; do
    case $rest in
      *:*) part=${rest%%:*} rest=${rest#*:} ;;
      *) part=$rest rest= ;;
    esac
    if [ -n "$part" ]; then printf '%s\n' "$part"; fi
  done
}

# Prints the first file of a name or pattern in the folders, as an absolute path.
in_folders() {
  while IFS= read -r folder; do
    for candidate in "$folder"/$1; do
      if [ -f "$candidate" ]; then
        printf '%s\n' "$candidate"
        return
      fi
    done
  done <<EOF
$folders
EOF
}

# Prints the file that a vendor's list or a variable means, nothing where it is not there.
locate() {
  case $1 in
    '') ;;
    */*) if [ -f "$1" ]; then printf '%s\n' "$(cd "$(parent "$1")" && pwd -P)/${1##*/}"; fi ;;
    *)
      file=$(in_folders "$1")
      if [ -z "$file" ] && [ -z "${ATTN_DRIVER_FOLDERS+set}" ]; then file=$(in_linker_cache "$1"); fi
      if [ -n "$file" ]; then printf '%s\n' "$file"; fi
      ;;
  esac
}

in_linker_cache() {
  for ldconfig in /sbin/ldconfig /usr/sbin/ldconfig; do
    [ -x "$ldconfig" ] || continue
    "$ldconfig" -p 2>/dev/null | while read -r name rest; do
      case $name$rest in
        "$1"*x86-64*'=> '*)
          if [ "$name" = "$1" ]; then printf '%s\n' "${rest##*=> }"; break; fi ;;
      esac
    done
    return
  done
}

add_driver() { # path, or nothing
  [ -n "$1" ] || return 0
  behind=$(resolve "$1")
  case $newline$known$newline in *"$newline$behind$newline"*) return 0 ;; esac
  known=$known$newline$behind
  drivers=$drivers$1$newline
}

# A vendor file can outlive its driver, as in containers without the GPU passed in: it counts only
# if the library that it names is there.
add_vendor_file() {
  [ -r "$1" ] || return 0
  library=
  IFS= read -r library <"$1" || :
  add_driver "$(locate "$library")"
}

add_vendor_folder() {
  for list in "$1"/*.icd; do add_vendor_file "$list"; done
}

# Drivers that the user names. What is not there is said: another driver in its place would be a surprise.
add_named_files() {
  split=$(split_at_colons "${OCL_ICD_FILENAMES-}")
  while IFS= read -r name; do
    [ -n "$name" ] || continue
    driver=$(locate "$name")
    if [ -z "$driver" ]; then note "OCL_ICD_FILENAMES names $name, which is not there"; fi
    add_driver "$driver"
  done <<EOF
$split
EOF
}

add_named_vendors() {
  before=$drivers
  if [ -d "$vendors" ]; then
    add_vendor_folder "$vendors"
  else
    case $vendors in
      */*.icd) add_vendor_file "$vendors" ;;
      *.icd)
        if [ -f "$system_vendors/$vendors" ]; then vendors=$system_vendors/$vendors; fi
        add_vendor_file "$vendors"
        ;;
      *) add_driver "$(locate "$vendors")" ;;
    esac
  fi
  if [ "$drivers" = "$before" ]; then
    note "no OpenCL driver is where OCL_ICD_VENDORS or OPENCL_VENDOR_PATH says: $vendors"
  fi
}

# A GPU's driver is looked for even where another vendor's is registered: containers often get the
# libraries without the registration.
add_unregistered() {
  for name in libnvidia-opencl.so libamdocl64.so libigdrcl.so; do
    case $known in *"/$name"*) continue ;; esac
    driver=$(in_folders "$name.1")
    if [ -z "$driver" ]; then driver=$(in_folders "$name"); fi
    if [ -z "$driver" ]; then driver=$(in_folders "$name.[0-9]*"); fi
    add_driver "$driver"
  done
  if [ -z "$drivers" ]; then
    driver=$(in_folders 'libpocl.so.[0-9]*')
    add_driver "${driver:-$(in_folders libpocl.so)}"
  fi
}

# The loader reads one folder of lists. Not in this folder, which may be read-only or shared; the
# program removes it when it ends.
make_list_folder() {
  number=0
  until (umask 077 && mkdir "$temporary/attn-vendors-$$-$number") 2>/dev/null; do
    number=$((number + 1))
    if [ "$number" -gt 9 ]; then
      note "cannot make a folder in $temporary, which the OpenCL loader and TornadoVM need to find their files: set TMPDIR"
      return 1
    fi
  done
  lists="$temporary/attn-vendors-$$-$number"
}

write_lists() {
  make_list_folder || return 0
  number=10
  while IFS= read -r driver; do
    if [ -n "$driver" ]; then printf '%s\n' "$driver" >"$lists/attn-$number.icd"; fi
    number=$((number + 1))
  done <<EOF
$drivers
EOF
  OCL_ICD_VENDORS=$lists
  export OCL_ICD_VENDORS
  unset OCL_ICD_FILENAMES OPENCL_VENDOR_PATH
}

# Drivers load further libraries of their own, which lie beside them.
add_library_folders() {
  while IFS= read -r driver; do
    [ -n "$driver" ] || continue
    folder=$(parent "$driver")
    case $newline$own_folders$newline in *"$newline$folder$newline"*) continue ;; esac
    case :$library_path: in *":$folder:"*) ;; *) library_path=$library_path:$folder ;; esac
  done <<EOF
$drivers
EOF
}

# The bundle's loader comes from a newer system than the oldest that the Java runtime runs on.
choose_loader() {
  linker=/lib64/ld-linux-x86-64.so.2
  if [ ! -x "$linker" ] || "$linker" --list "$root/opencl/libOpenCL.so.1" >/dev/null 2>&1; then
    library_path=$root/opencl
    return
  fi
  system_loader=$(locate libOpenCL.so.1)
  if [ -n "$system_loader" ]; then
    note "this system is too old for the bundle's OpenCL loader; using $system_loader"
    library_path=$(parent "$system_loader")
  else
    note "this system is too old for the bundle's OpenCL loader and has none of its own (libOpenCL.so.1)"
    library_path=$root/opencl
  fi
}

# What the Java binding of OpenCL is made with; its own error does not name it.
check_cpp_library() {
  while IFS= read -r folder; do
    if [ -f "$folder/libstdc++.so.6" ]; then return; fi
  done <<EOF
$own_folders
EOF
  if [ -z "$(in_linker_cache libstdc++.so.6)" ]; then
    note "libstdc++.so.6 is missing, without which no OpenCL can be used: install libstdc++6 (Debian, Ubuntu) or libstdc++ (Fedora, RHEL)"
  fi
}

find_drivers() {
  folders=$(driver_folders)
  system_vendors=${ATTN_VENDORS_FOLDER:-/etc/OpenCL/vendors}
  vendors=${OCL_ICD_VENDORS:-${OPENCL_VENDOR_PATH-}}
  choose_loader
  check_cpp_library
  add_named_files
  if [ -n "$vendors" ]; then
    add_named_vendors
  else
    add_vendor_folder "$system_vendors"
    # Then the loader's own search finds the same.
    if [ -z "${OCL_ICD_FILENAMES-}" ] && [ "$system_vendors" = /etc/OpenCL/vendors ]; then registered=$drivers; fi
    add_unregistered
    if [ -z "$drivers" ]; then
      # shellcheck disable=SC2086 # on one line
      note "no OpenCL driver is registered in $system_vendors or lies in" $folders
      note "if it is elsewhere, name it: OCL_ICD_FILENAMES=/path/to/its/library.so"
    fi
  fi
  if [ -z "$drivers" ]; then
    note "going on with the Java backend"
    OCL_ICD_VENDORS=${vendors:-$system_vendors}
    export OCL_ICD_VENDORS
  else
    if [ "$registered" != "$drivers" ]; then write_lists; fi
    add_library_folders
  fi
}

# Without a home, PoCL shares a folder of /tmp with all users, of whom only the first can write it.
choose_cache() {
  [ -z "${HOME-}${XDG_CACHE_HOME-}" ] || return 0
  cache=$temporary/attn-cache-$(id -u)
  (umask 077 && mkdir "$cache") 2>/dev/null || :
  # What another user put there would be run as this one's.
  if [ -d "$cache" ] && [ ! -L "$cache" ] && [ -O "$cache" ]; then
    XDG_CACHE_HOME=$cache
    export XDG_CACHE_HOME
  fi
}

# ---- TornadoVM -------------------------------------------------------------------------------

# The SDK that this bundle may hold takes its arguments from a file that names its folder, so it is
# written anew at each start; the program removes it when it ends.
find_tornado() {
  [ -d "$root/tornado" ] || return 0
  # shellcheck source=tornado.sh
  . "$root/tornado.sh"
  tornado_fits "$root/tornado" @JDK@ || return 0
  if [ -z "$lists" ]; then make_list_folder || return 0; fi
  if tornado_arguments "$root/tornado" >"$lists/attn-tornado.args"; then
    tornado_file="$lists/attn-tornado.args"
  else
    note "TornadoVM is left out: its arguments cannot be written to $lists"
  fi
}

# ---- Signals ---------------------------------------------------------------------------------

# PoCL's compiler catches SIGSEGV, which the JVM raises in its daily work, and then deletes the files
# that it is writing. With libjsig in front of it the JVM sees its own signals first.
chain_signals() {
  chaining=$root/runtime/lib/libjsig.so
  [ -e "$chaining" ] || return 0
  case $chaining in
    *:*) return ;;
    # Where LD_PRELOAD is split, so by its name alone. Not always: a program with its owner's rights,
    # as drivers start, passes over a path in silence, but complains of a name that it does not find.
    *[[:space:]]*)
      chaining=libjsig.so
      library_path=$library_path:$root/runtime/lib
      ;;
  esac
  LD_PRELOAD=$chaining${LD_PRELOAD:+:$LD_PRELOAD}
  export LD_PRELOAD
}

# ---- Running ---------------------------------------------------------------------------------

# Nobody who asks for help, the version or a report's table wants to hear about drivers.
wants_opencl() {
  case ${1-} in '' | help | report | compare | completion) return 1 ;; esac
  for argument in "$@"; do
    case $argument in -h | --help | -V | --version) return 1 ;; esac
  done
}

drivers=
known=
lists=
registered=
tornado_file=
library_path=$root/opencl
if wants_opencl "$@"; then
  find_drivers
  choose_cache
  find_tornado
fi
chain_signals
LD_LIBRARY_PATH=$library_path${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
# An option or a class path of another Java is none for this one.
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH

set -f # the options are split at spaces, not expanded
# shellcheck disable=SC2086
# PoCL keeps each of its threads on a core of its own: together on one they take twice the time.
export POCL_AFFINITY="${POCL_AFFINITY-1}"
exec "$root/runtime/bin/java" \
  ${tornado_file:+"@$tornado_file" "-Dattn.tornado.arguments=$tornado_file"} \
  --enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector --sun-misc-unsafe-memory-access=allow -XX:+UseParallelGC \
  "-Dattn.root=$root" "-Dattn.model.capture=$root/model/qkv.bin" "-Djava.io.tmpdir=$temporary" ${lists:+"-Dattn.bundle.vendors=$lists"} \
  ${ATTN_JAVA_OPTS-} -cp "$root/app/*" io.github.attn4j.bench.bundle.BundleMain "$@"
