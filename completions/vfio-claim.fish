# SPDX-License-Identifier: GPL-2.0-or-later
# Completes vfio-claim(8) in fish.

function __vfio_claim_addresses
	vfio-claim list --noheadings -o address 2>/dev/null | string trim
end

function __vfio_claim_verb
	__fish_seen_subcommand_from $argv
end

set -l verbs list check explain setup remove log status confirm verify record
set -l none "not __vfio_claim_verb $verbs"
complete -c vfio-claim -f
complete -c vfio-claim -n $none -l help -d 'List the verbs'
complete -c vfio-claim -n $none -l version -d 'Print the version'
complete -c vfio-claim -n $none -a list -d 'The displays here'
complete -c vfio-claim -n $none -a check -d 'Judge the configured cards, or those named'
complete -c vfio-claim -n $none -a explain -d 'Why a function shares its group'
complete -c vfio-claim -n $none -a setup -d 'Configure cards and build the boot images'
complete -c vfio-claim -n $none -a remove -d 'Undo what setup did'
complete -c vfio-claim -n $none -a log -d 'What the agent saw, decided and did'
complete -c vfio-claim -n $none -a status -d 'One line for each GPU'
complete -c vfio-claim -n $none -a confirm -d 'Mark the claim of this boot as good'
complete -c vfio-claim -n $none -a verify -d 'Read back, ask VFIO, file the report'
complete -c vfio-claim -n $none -a record -d 'This machine as a text file'

complete -c vfio-claim -n "__vfio_claim_verb $verbs" -l help -d 'More on the verb'
complete -c vfio-claim -n "__vfio_claim_verb $verbs" -l sysroot -r -a '(__fish_complete_directories)' -d 'Look below a folder'
complete -c vfio-claim -n '__vfio_claim_verb list check log status verify' -l json -d 'Machine-readable'
complete -c vfio-claim -n '__vfio_claim_verb check explain setup' -a '(__vfio_claim_addresses)'
complete -c vfio-claim -n '__vfio_claim_verb list' -s a -l all -d 'Every PCI function'
complete -c vfio-claim -n '__vfio_claim_verb list log' -s n -l noheadings -d 'No line of headings'
complete -c vfio-claim -n '__vfio_claim_verb list' -s o -l output -x -d 'Which columns' \
	-a 'address class id subsystem group driver name verdict path'
complete -c vfio-claim -n '__vfio_claim_verb setup remove' -l dry-run -d 'Write and run nothing'
complete -c vfio-claim -n '__vfio_claim_verb setup remove' -l yes -d 'Do not ask'
complete -c vfio-claim -n '__vfio_claim_verb setup' -l apply-cmdline -d 'Add the kernel parameter that is needed'
complete -c vfio-claim -n '__vfio_claim_verb setup' -l force -d 'Also where the card would be refused'
complete -c vfio-claim -n '__vfio_claim_verb setup' -l rebuild -d 'Build the images for the configuration as it is'
complete -c vfio-claim -n '__vfio_claim_verb setup' -l no-trial -d 'A claim that hangs the boot is not given up'
complete -c vfio-claim -n '__vfio_claim_verb setup' -l menu-entry -d 'Add a boot menu entry that claims nothing'
complete -c vfio-claim -n '__vfio_claim_verb log' -l boot -x -a '0 -1 -2 -3' -d 'Which boot'
complete -c vfio-claim -n '__vfio_claim_verb log' -l list -d 'The boots whose reports are kept'
complete -c vfio-claim -n '__vfio_claim_verb log' -l since -x -a '-12h -1d -1w' -d 'No boots before'
complete -c vfio-claim -n '__vfio_claim_verb confirm' -l again -d 'Try a claim that was given up once more'
complete -c vfio-claim -n '__vfio_claim_verb confirm' -l hibernating -d 'Before the machine hibernates'
complete -c vfio-claim -n '__vfio_claim_verb confirm' -l resumed -d 'After it resumed'
complete -c vfio-claim -n '__vfio_claim_verb status' -l metrics -d 'For Prometheus'
