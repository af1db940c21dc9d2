# SPDX-License-Identifier: GPL-2.0-or-later
# Completes vfio-claim(8) in fish.

function __vfio_claim_addresses
	vfio-claim list --noheadings -o address 2>/dev/null | string trim
end

function __vfio_claim_verb
	__fish_seen_subcommand_from $argv
end

set -l verbs list check explain log status record
complete -c vfio-claim -f
complete -c vfio-claim -n "not __vfio_claim_verb $verbs" -l help -d 'List the verbs'
complete -c vfio-claim -n "not __vfio_claim_verb $verbs" -l version -d 'Print the version'
complete -c vfio-claim -n "not __vfio_claim_verb $verbs" -a list -d 'The displays here'
complete -c vfio-claim -n "not __vfio_claim_verb $verbs" -a check -d 'Judge the configured cards, or those named'
complete -c vfio-claim -n "not __vfio_claim_verb $verbs" -a explain -d 'Why a function shares its group'
complete -c vfio-claim -n "not __vfio_claim_verb $verbs" -a log -d 'What the agent saw, decided and did'
complete -c vfio-claim -n "not __vfio_claim_verb $verbs" -a status -d 'One line for each GPU'
complete -c vfio-claim -n "not __vfio_claim_verb $verbs" -a record -d 'This machine as a text file'

complete -c vfio-claim -n "__vfio_claim_verb $verbs" -l help -d 'More on the verb'
complete -c vfio-claim -n "__vfio_claim_verb $verbs" -l sysroot -r -a '(__fish_complete_directories)' -d 'Look below a folder'
complete -c vfio-claim -n '__vfio_claim_verb list check log' -l json -d 'Machine-readable'
complete -c vfio-claim -n '__vfio_claim_verb check explain' -a '(__vfio_claim_addresses)'
complete -c vfio-claim -n '__vfio_claim_verb list' -s a -l all -d 'Every PCI function'
complete -c vfio-claim -n '__vfio_claim_verb list' -s n -l noheadings -d 'No line of headings'
complete -c vfio-claim -n '__vfio_claim_verb list' -s o -l output -x -d 'Which columns' \
	-a 'address class id subsystem group driver name verdict path'
