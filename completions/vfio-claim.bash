# SPDX-License-Identifier: GPL-2.0-or-later
# Completes vfio-claim(8) in bash.
# shellcheck shell=bash

_vfio_claim_words() { # VERB: its options; for - the verbs
	case $1 in
	-) echo list check explain setup remove log status confirm verify record --help --version ;;
	list) echo --all --json --noheadings --output --sysroot --help ;;
	check | verify) echo --json --sysroot --help ;;
	setup) echo --dry-run --apply-cmdline --yes --force --rebuild --no-trial --menu-entry --sysroot --help ;;
	remove) echo --dry-run --yes --sysroot --help ;;
	log) echo --boot --list --since --noheadings --json --sysroot --help ;;
	status) echo --json --metrics --sysroot --help ;;
	confirm) echo --again --hibernating --resumed --sysroot --help ;;
	explain | record) echo --sysroot --help ;;
	esac
}

_vfio_claim() {
	# Addresses hold colons, at which bash cuts words: take the word from the line.
	local line=${COMP_LINE:0:COMP_POINT} word words='' cut=''
	word=${line##*[[:blank:]]}
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		words=$(_vfio_claim_words -)
	else
		case ${COMP_WORDS[COMP_CWORD - 1]}:${COMP_WORDS[1]}:$word in
		--sysroot:*)
			mapfile -t COMPREPLY < <(compgen -d -- "$word")
			return
			;;
		-o:list:* | --output:list:*)
			words='address class id subsystem group driver name verdict path'
			;;
		--boot:log:*)
			words='0 -1 -2 -3'
			;;
		--since:log:*)
			words='-12h -1d -1w'
			;;
		*:-*)
			words=$(_vfio_claim_words "${COMP_WORDS[1]}")
			;;
		*:check:* | *:explain:* | *:setup:*)
			words=$(vfio-claim list --noheadings -o address 2>/dev/null)
			;;
		*)
			words=$(_vfio_claim_words "${COMP_WORDS[1]}")
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	# What stands before the last colon is on the line already.
	case $word:$COMP_WORDBREAKS in
	*:*:*:*) cut=${word%"${word##*:}"} ;;
	esac
	COMPREPLY=("${COMPREPLY[@]#"$cut"}")
}
complete -F _vfio_claim vfio-claim
