#!/bin/sh
# shellcheck disable=SC2154,SC2034 # variables of the script that sources this
# Part of ./attn, which sources it: whether OpenCL is there, and how to get it. Uses the launcher's note,
# try_install and install_command.

# The usual folders first: asking ldconfig starts a process.
library_exists() { # file name or path
  case $1 in /*) [ -e "$1" ]; return ;; esac
  folders=${ATTN_LIBRARY_FOLDERS-${LD_LIBRARY_PATH-}:/usr/lib/x86_64-linux-gnu:/usr/lib/aarch64-linux-gnu:/usr/lib64:/usr/lib:/usr/local/lib}
  while [ -n "$folders" ]; do
    folder=${folders%%:*}
    case $folders in *:*) folders=${folders#*:} ;; *) folders= ;; esac
    if [ -n "$folder" ] && [ -e "$folder/$1" ]; then return; fi
  done
  [ -z "${ATTN_LIBRARY_FOLDERS+set}" ] || return 1
  for ldconfig in /sbin/ldconfig /usr/sbin/ldconfig; do
    if [ -x "$ldconfig" ]; then
      "$ldconfig" -p 2>/dev/null | grep -q -F "$1 "
      return
    fi
  done
  return 1
}

# A vendor file can outlive its driver, as in containers without the GPU passed in: it counts only
# if the library that it names is there.
vendor_file_works() {
  [ -r "$1" ] || return 1
  library=
  IFS= read -r library <"$1" || :
  [ -n "$library" ] && library_exists "$library"
}

opencl_present() {
  if [ -z "${ATTN_LIBRARY_FOLDERS+set}" ] && [ -d /System/Library/Frameworks/OpenCL.framework ]; then
    return 0
  fi
  library_exists libOpenCL.so.1 || return 1
  names=${OCL_ICD_FILENAMES-}
  while [ -n "$names" ]; do
    name=${names%%:*}
    case $names in *:*) names=${names#*:} ;; *) names= ;; esac
    if [ -n "$name" ] && library_exists "$name"; then return 0; fi
  done
  vendors=${OCL_ICD_VENDORS:-${OPENCL_VENDOR_PATH:-/etc/OpenCL/vendors}}
  if [ -f "$vendors" ]; then
    case $vendors in
      *.icd) vendor_file_works "$vendors"; return ;;
      *) return 0 ;; # a driver library named directly
    esac
  fi
  for file in "$vendors"/*.icd; do
    if vendor_file_works "$file"; then return 0; fi
  done
  return 1
}

explain_missing_opencl() {
  note "no OpenCL: needs the loader libOpenCL.so.1 and a driver listed in ${vendors:-${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}}"
  if command -v apt-get >/dev/null; then
    note "to install PoCL, which runs OpenCL on the CPU: $(install_command "$POCL_PACKAGES")"
  elif command -v dnf >/dev/null; then
    note "to install PoCL, which runs OpenCL on the CPU: ${sudo_prefix}dnf install -y pocl ocl-icd"
  elif command -v pacman >/dev/null; then
    note "to install PoCL, which runs OpenCL on the CPU: ${sudo_prefix}pacman -S --needed pocl ocl-icd"
  else
    note "install PoCL, which runs OpenCL on the CPU, with this system's package manager"
  fi
}

vendors=
ensure_opencl() {
  opencl_present && return
  # shellcheck disable=SC2086 # a list of package names
  if try_install PoCL $POCL_PACKAGES && opencl_present; then return; fi
  explain_missing_opencl
  note "going on with the Java backend only"
  return 1
}
