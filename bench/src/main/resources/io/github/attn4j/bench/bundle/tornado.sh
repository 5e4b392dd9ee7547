# How a JVM is started with a TornadoVM SDK; read by ./attn and by a bundle's run script, which both
# define note().

# Prints a line of the SDK's argument file as our JVM takes it. The SDK's module path begins with the
# current folder, where every jar would become a module; preview features are not used.
tornado_line() { # SDK folder, line
  rest=$2
  case $rest in
    '' | '#'* | --enable-preview) return ;;
    '--module-path .:'*) rest="--module-path ${rest#--module-path .:}" ;;
  esac
  done=
  # shellcheck disable=SC2016 # the SDK's template spells the variable so
  while :; do
    case $rest in
      *'${TORNADOVM_HOME}'*)
        done="$done${rest%%'${TORNADOVM_HOME}'*}$1"
        rest=${rest#*'${TORNADOVM_HOME}'}
        ;;
      *) break ;;
    esac
  done
  printf '%s\n' "$done$rest"
}

# Prints the file in an SDK to read: the template, if there is one, since the other names the folder
# that the SDK was made in and not the one that it was moved to.
tornado_source() { # SDK folder
  for name in tornado-argfile.template tornado-argfile; do
    if [ -r "$1/$name" ]; then
      printf '%s\n' "$1/$name"
      return
    fi
  done
  return 1
}

# Says why an SDK cannot be used, and then fails.
tornado_fits() { # SDK folder, JDK's major version
  case $1 in
    *[[:space:]\"\'\\]*)
      note "the TornadoVM in '$1' is left out: a folder with spaces or quotes cannot be named in its arguments; link to it from one without"
      return 1
      ;;
  esac
  release=
  if [ -r "$1/etc/tornado.release" ]; then
    while IFS='=' read -r key value || [ -n "$key" ]; do
      if [ "$key" = version ]; then release=$value; fi
    done <"$1/etc/tornado.release"
  fi
  case $release in
    5.*-jdk"$2"*) return ;;
    '') note "the TornadoVM in $1 is left out: it does not say its version (etc/tornado.release)" ;;
    *) note "the TornadoVM in $1 is left out: it is $release, needed is 5.x for JDK $2" ;;
  esac
  return 1
}

# Kernels that do not compile must fail, not run as sequential Java. Relaxed math breaks infinities.
# And the SDK takes no more than 4 GB of a device's memory unless told otherwise; the session
# accounts for the device itself.
tornado_arguments() { # SDK folder; prints them
  source=$(tornado_source "$1") || return 1
  while IFS= read -r line || [ -n "$line" ]; do
    tornado_line "$1" "$line" || return
  done <"$source"
  echo '-Dtornado.recover.bailout=False' &&
    echo '-Dtornado.opencl.compiler.flags="-cl-mad-enable -w"' &&
    echo '-Dtornado.device.memory=1024GB'
}
