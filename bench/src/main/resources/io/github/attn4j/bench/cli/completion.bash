
# What follows is attn4j's own. The first word that is no option names the command, whatever words
# options have for values; and an id such as opencl:flash is one word, although bash breaks words at
# colons and at the sign in --kernel=opencl:flash.
function _attn_complete() {
  local -a words
  local word part command="" glue="" i current=0
  words=()
  for (( i = 0; i < ${#COMP_WORDS[@]}; i++ )); do
    word=${COMP_WORDS[i]}
    if (( i > 1 )) && [[ $word == :* ]]; then
      words[${#words[@]}-1]+=$word
      glue=yes
    elif [[ -n $glue ]]; then
      words[${#words[@]}-1]+=$word
      glue=""
    elif (( i > 1 )) && [[ $word == = && ${words[${#words[@]}-1]} == --* ]]; then
      if (( i < COMP_CWORD )); then continue; fi
      words+=("") # the cursor stands behind the sign
    else
      words+=("$word")
    fi
    if (( i == COMP_CWORD )); then current=$(( ${#words[@]} - 1 )); fi
  done
  COMP_WORDS=("${words[@]}")
  COMP_CWORD=$current
  COMPREPLY=()
  for (( i = 1; i < current; i++ )); do
    if [[ ${words[i]} != -* ]]; then
      command=${words[i]//[^A-Za-z0-9_]/}
      break
    fi
  done
  if [[ -n $command ]] && type "_picocli_attn_$command" > /dev/null 2>&1; then
    "_picocli_attn_$command"
  else
    _picocli_attn
  fi
  # What bash replaces begins behind the last colon.
  word=${words[current]}
  if [[ -n ${BASH_VERSION-} && $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
    part=${word%"${word##*:}"}
    for (( i = 0; i < ${#COMPREPLY[@]}; i++ )); do
      COMPREPLY[i]=${COMPREPLY[i]#"$part"}
    done
  fi
}

complete -F _attn_complete -o default attn
