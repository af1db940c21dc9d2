// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * explain() names the port or function that makes a topology's devices share a group, and
 * predicts sharing as the kernel does. A topology is text, one line for each function.
 */
#include "decide/acs.h"
#include "facts/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/*
 * address id group buses type acscap acsctl [flag]: the columns of tests/machines' sources. A
 * bridge without buses is above no function. A function is multifunction when it shares its
 * slot; flag `s`: this one claims to be alone, as a virtual function does; `g`: it is gone.
 */

/* Real machines, read as root. The first has the kernel's groups, the second no IOMMU. */
static const char legion[] = "00:00.0 1022:1630 - - none - -\n"
			     "00:00.2 1022:1631 - - none - -\n"
			     "00:01.0 1022:1632 0 - none - -\n"
			     "00:01.1 1022:1633 1 01-01 root-port VBRCUT VRCU\n"
			     "00:01.2 1022:1634 2 02-02 root-port VBRCUT VRCU\n"
			     "00:02.0 1022:1632 3 - none - -\n"
			     "00:02.1 1022:1634 4 03-03 root-port VBRCUT VRCU\n"
			     "00:02.2 1022:1634 5 04-04 root-port VBRCUT VRCU\n"
			     "00:08.0 1022:1632 6 - none - -\n"
			     "00:08.1 1022:1635 6 05-05 root-port - -\n"
			     "00:08.2 1022:1635 6 06-06 root-port - -\n"
			     "00:14.0 1022:790b 7 - none - -\n"
			     "00:14.3 1022:790e 7 - none - -\n"
			     "00:18.0 1022:166a 8 - none - -\n"
			     "00:18.1 1022:166b 8 - none - -\n"
			     "00:18.2 1022:166c 8 - none - -\n"
			     "00:18.3 1022:166d 8 - none - -\n"
			     "00:18.4 1022:166e 8 - none - -\n"
			     "00:18.5 1022:166f 8 - none - -\n"
			     "00:18.6 1022:1670 8 - none - -\n"
			     "00:18.7 1022:1671 8 - none - -\n"
			     "01:00.0 10de:2560 9 - legacy - -\n"
			     "01:00.1 10de:228e 9 - endpoint - -\n"
			     "02:00.0 144d:a808 10 - endpoint - -\n"
			     "03:00.0 10ec:8168 11 - endpoint - -\n"
			     "04:00.0 10ec:8852 12 - endpoint - -\n"
			     "05:00.0 1002:1638 6 - legacy - -\n"
			     "05:00.2 1022:15df 6 - endpoint - -\n"
			     "05:00.3 1022:1639 6 - endpoint - -\n"
			     "05:00.4 1022:1639 6 - endpoint - -\n"
			     "05:00.5 1022:15e2 6 - endpoint - -\n"
			     "05:00.6 1022:15e3 6 - endpoint - -\n"
			     "06:00.0 1022:7901 6 - endpoint - -\n"
			     "06:00.1 1022:7901 6 - endpoint - -\n";

static const char b250m[] = "00:00.0 8086:591f - - none - -\n"
			    "00:01.0 8086:1901 - 01-01 root-port - -\n"
			    "00:02.0 8086:5912 - - rc-endpoint - -\n"
			    "00:14.0 8086:a2af - - none - -\n"
			    "00:14.2 8086:a2b1 - - none - -\n"
			    "00:16.0 8086:a2ba - - none - -\n"
			    "00:17.0 8086:a282 - - none - -\n"
			    "00:1d.0 8086:a298 - 02-02 root-port VBRC 0\n"
			    "00:1f.0 8086:a2c8 - - none - -\n"
			    "00:1f.2 8086:a2a1 - - none - -\n"
			    "00:1f.3 8086:a2f0 - - none - -\n"
			    "00:1f.4 8086:a2a3 - - none - -\n"
			    "00:1f.6 8086:15b8 - - none - -\n"
			    "01:00.0 1002:699f - - legacy - -\n"
			    "01:00.1 1002:aae0 - - legacy - -\n"
			    "02:00.0 144d:a808 - - endpoint - -\n";

/* A real machine, read by a plain user: unread facts must not be made up. */
static const char z370[] = "00:01.0 8086:1901 1 01-01 ? ? ?\n"
			   "00:01.1 8086:1905 1 02-02 ? ? ?\n"
			   "01:00.0 10de:1e04 1 - ? ? ?\n"
			   "01:00.1 10de:10f7 1 - ? ? ?\n"
			   "02:00.0 10de:1f08 1 - ? ? ?\n";

/* The same with its notes: no ACS on either CPU port. */
static const char z370_told[] = "00:01.0 8086:1901 1 01-01 root-port - -\n"
				"00:01.1 8086:1905 1 02-02 root-port - -\n"
				"01:00.0 10de:1e04 1 - legacy - -\n"
				"01:00.1 10de:10f7 1 - endpoint - -\n"
				"02:00.0 10de:1f08 1 - legacy - -\n";

#define PORT(acs) "00:01.0 1022:1483 1 01-09 root-port " acs "\n"
#define GOOD "VBRCUT VRCU"
#define NONE "- -"
#define CARD "01:00.0 10de:2206 1 - endpoint - -\n"

/*
 * A switch below a root port: two downstream ports with a card each, one of two functions.
 */
#define SWITCH(root, upstream, downstream)                                               \
	PORT(root)                                                                       \
	"01:00.0 1022:43f4 1 02-09 upstream " upstream "\n"                              \
	"02:00.0 1022:43f5 1 03-03 downstream " downstream "\n"                          \
	"02:01.0 1022:43f5 1 04-04 downstream " downstream "\n"                          \
	"03:00.0 10de:2206 1 - endpoint - -\n"                                           \
	"03:00.1 10de:1aef 1 - endpoint - -\n"                                           \
	"04:00.0 144d:a808 1 - endpoint - -\n"

/* The same with both downstream ports in one slot. */
static const char slot_switch[] =
	PORT(GOOD) "01:00.0 1022:43f4 1 02-09 upstream - -\n"
		   "02:00.0 1022:43f5 1 03-03 downstream VRCU VRCU\n"
		   "02:00.1 1022:43f5 1 04-04 downstream - -\n"
		   "02:00.2 1022:43f5 1 05-05 downstream - -\n"
		   "03:00.0 10de:2206 1 - endpoint - -\n"
		   "04:00.0 144d:a808 1 - endpoint - -\n"
		   "05:00.0 144d:a808 1 - endpoint - -\n";

/* An express port with a bridge to conventional PCI, and one more bridge behind that. */
static const char conventional[] =
	PORT(GOOD) "01:00.0 1a03:1150 1 02-03 pcie-pci-bridge - -\n"
		   "02:01.0 1a03:2000 1 - none - -\n"
		   "02:02.0 1234:0001 1 - none - -\n"
		   "02:03.0 1b36:0001 1 03-03 none - -\n"
		   "03:01.0 1234:0002 1 - none - -\n"
		   "03:02.0 1234:0002 1 - none - -\n"
		   "03:02.1 1234:0003 1 - none - -\n";

/* A conventional bridge on the root bus, in one slot with other functions. */
static const char old_bridge[] = "00:1e.0 8086:244e 1 01-01 none - -\n"
				 "00:1e.1 8086:0001 1 - none - -\n"
				 "00:1f.0 8086:0002 2 - none - -\n"
				 "01:05.0 10de:0221 1 - none - -\n";

#define CARD_OF_THREE(first, second, third)                                              \
	PORT(GOOD)                                                                       \
	"01:00.0 1002:73bf 1 - legacy " first "\n"                                       \
	"01:00.1 1002:ab28 1 - endpoint " second "\n"                                    \
	"01:00.2 1002:73a6 1 - endpoint " third "\n"

static const char quirky[] = "00:02.0 8086:4680 0 - rc-endpoint - -\n"
			     "00:02.1 8086:4681 0 - rc-endpoint - -\n"
			     "00:03.0 1022:4680 0 - rc-endpoint - -\n"
			     "00:03.1 1022:4681 0 - rc-endpoint - -\n"
			     "00:14.0 1022:780f 0 - none - -\n"
			     "00:14.1 1022:7801 0 - none - -\n"
			     "00:1c.0 8086:8c10 0 04-05 root-port - -\n"
			     "00:1c.1 8086:8c11 0 06-06 root-port - -\n"
			     "00:1d.0 8086:a298 0 07-07 root-port VRC 0\n"
			     "00:1e.0 8086:1d10 0 08-08 root-port - -\n"
			     "00:1f.0 8086:1d11 0 09-09 root-port - -\n"
			     "04:00.0 8086:1521 0 - endpoint - -\n"
			     "04:00.1 8086:1521 0 - endpoint - -\n"
			     "06:00.0 10de:2206 0 - endpoint - -\n"
			     "07:00.0 10de:2206 0 - endpoint - -\n"
			     "08:00.0 10de:2206 0 - endpoint - -\n"
			     "09:00.0 10de:2206 0 - endpoint - -\n";

/* The quirk of one port is not the only reason for the pair. */
static const char quirk_above_open[] = "00:01.0 1022:1483 1 01-09 root-port - -\n"
				       "01:00.0 8086:1521 1 - endpoint - -\n"
				       "01:00.1 8086:1521 1 - endpoint - -\n";

static const char virtual_functions[] =
	PORT(GOOD) "01:00.0 8086:1572 1 - endpoint - - s\n"
		   "01:00.1 8086:154c 2 - endpoint - - s\n"
		   "01:00.2 8086:154c 3 - endpoint - - s\n";

static const char two_domains[] = "00:01.0 1022:1483 1 01-01 root-port - -\n"
				  "00:02.0 1022:1483 1 02-02 root-port - -\n"
				  "01:00.0 10de:2206 1 - endpoint - -\n"
				  "02:00.0 10de:2206 1 - endpoint - -\n"
				  "10000:00:01.0 1022:1483 1 01-01 root-port - -\n"
				  "10000:01:00.0 10de:2206 1 - endpoint - -\n";

static const char half_gone[] = PORT(GOOD) "01:00.0 10de:2206 1 - ? ? ? g\n"
					   "01:00.1 10de:1aef 1 - endpoint - -\n"
					   "01:00.2 10de:1ad6 1 - endpoint VRCU VRCU\n";

/* A function's own header or function 0's tells that it is one of several; function 0 is gone. */
static const char first_gone[] = PORT(GOOD) "01:00.0 10de:2206 1 - ? ? ? g\n"
					    "01:00.1 10de:1aef 1 - endpoint - - s\n"
					    "01:00.2 10de:1ad6 1 - endpoint - -\n"
					    "01:00.3 10de:1ad7 1 - endpoint VRCU VRCU s\n"
					    "01:00.4 10de:1ad8 1 - endpoint - -\n";

/* Types that cannot have ACS, next to one port with ACS and one without. */
static const char no_acs_types[] =
	PORT(GOOD) "01:00.0 10b5:8112 1 02-02 pcie-pci-bridge - -\n"
		   "01:00.1 10b5:8113 1 - rc-event-collector - -\n"
		   "01:00.2 10b5:8114 1 03-03 pci-pcie-bridge - -\n"
		   "01:00.3 10b5:8115 1 - endpoint 0 0\n";

struct acs_case {
	const char *name;
	const char *machine;
	const char *function, *other;
	const char *shared; /* predicted: yes, no, ? */
	const char *why;    /* reason, culprit, missing bits, quirk; as explain() */
};

#define PCH "Intel PCH root port with a workaround in place of ACS"
#define SPT "Intel PCH root port with ACS registers in an unusual place"
#define RCIEP "Intel endpoint integrated into the root complex"
#define SOUTHBRIDGE "AMD southbridge function"
#define NIC "network card that its maker vouches for"

static const struct acs_case cases[] = {
	/* One port */
	{ "port without ACS", PORT(NONE) CARD, "01:00.0", "00:01.0", "yes", "port 00:01.0" },
	{ "either way round", PORT(NONE) CARD, "00:01.0", "01:00.0", "yes", "port 00:01.0" },
	{ "port with ACS", PORT(GOOD) CARD, "01:00.0", "00:01.0", "no", "none" },
	{ "ACS not switched on", PORT("VBRCUT 0") CARD, "01:00.0", "00:01.0", "yes",
	  "port 00:01.0 missing VRCU" },
	{ "one bit not switched on", PORT("VBRCUT VCU") CARD, "01:00.0", "00:01.0", "yes",
	  "port 00:01.0 missing R" },
	{ "bits that it lacks need not be on", PORT("VR VR") CARD, "01:00.0", "00:01.0",
	  "no", "none" },
	{ "ACS without a bit", PORT("0 0") CARD, "01:00.0", "00:01.0", "no", "none" },
	{ "bits that nobody asks for", PORT("BET 0") CARD, "01:00.0", "00:01.0", "no",
	  "none" },
	{ "ACS unreadable", PORT("? ?") CARD, "01:00.0", "00:01.0", "?",
	  "unreadable 00:01.0" },
	{ "type unreadable", "00:01.0 1022:1483 1 01-01 ? ? ?\n" CARD, "01:00.0",
	  "00:01.0", "?", "unreadable 00:01.0" },
	{ "with itself", PORT(NONE) CARD, "01:00.0", "01:00.0", "?", "none" },

	/* Switches */
	{ "switch, all good", SWITCH(GOOD, NONE, GOOD), "03:00.0", "04:00.0", "no", "none" },
	{ "switch, card and its port", SWITCH(GOOD, NONE, GOOD), "03:00.0", "02:00.0",
	  "no", "none" },
	{ "downstream open, card and port", SWITCH(GOOD, NONE, NONE), "03:00.0",
	  "02:00.0", "yes", "port 02:00.0" },
	/* As on every B650 board: each downstream port and the devices behind it. */
	{ "downstream open, two cards", SWITCH(GOOD, NONE, NONE), "03:00.0", "04:00.0",
	  "no", "none" },
	{ "root open, two cards", SWITCH(NONE, NONE, GOOD), "03:00.0", "04:00.0", "yes",
	  "port 00:01.0" },
	{ "root open, card and its port", SWITCH(NONE, NONE, GOOD), "03:00.0", "02:00.0",
	  "yes", "port 00:01.0" },
	{ "both open: the lower", SWITCH(NONE, NONE, NONE), "03:00.0", "02:00.0", "yes",
	  "port 02:00.0" },
	{ "both open, two cards: what is above both", SWITCH(NONE, NONE, NONE), "03:00.0",
	  "04:00.0", "yes", "port 00:01.0" },
	{ "root open, switch itself", SWITCH(NONE, NONE, GOOD), "01:00.0", "00:01.0",
	  "yes", "port 00:01.0" },
	{ "a card's functions, though the port is open too", SWITCH(NONE, NONE, NONE),
	  "03:00.0", "03:00.1", "yes", "multifunction 03:00.0" },
	{ "ports of one slot", slot_switch, "04:00.0", "05:00.0", "yes",
	  "multifunction 02:00.1" },
	{ "ports of one slot, one isolated", slot_switch, "03:00.0", "04:00.0", "no",
	  "none" },
	{ "card and the port beside its own", slot_switch, "04:00.0", "02:00.2", "yes",
	  "multifunction 02:00.1" },
	{ "card and an isolated port", slot_switch, "04:00.0", "02:00.0", "no", "none" },
	{ "root unreadable", SWITCH("? ?", NONE, NONE), "03:00.0", "04:00.0", "?",
	  "unreadable 00:01.0" },
	{ "root unreadable, but lower port open", SWITCH("? ?", NONE, NONE), "03:00.0",
	  "02:00.0", "yes", "port 02:00.0" },
	{ "lower unreadable, but root open", SWITCH(NONE, NONE, "? ?"), "03:00.0",
	  "02:00.0", "yes", "port 00:01.0" },

	/* Conventional PCI */
	{ "two behind a bridge", conventional, "02:01.0", "02:02.0", "yes",
	  "conventional 01:00.0" },
	{ "one and the bridge", conventional, "02:01.0", "01:00.0", "yes",
	  "conventional 01:00.0" },
	{ "one and the port above", conventional, "02:01.0", "00:01.0", "no", "none" },
	{ "two behind the second bridge", conventional, "03:01.0", "03:02.0", "yes",
	  "conventional 02:03.0" },
	{ "one slot behind it", conventional, "03:02.0", "03:02.1", "yes",
	  "conventional 02:03.0" },
	{ "one behind each", conventional, "03:01.0", "02:01.0", "yes",
	  "conventional 01:00.0" },
	{ "bridge and bridge", conventional, "02:03.0", "01:00.0", "yes",
	  "conventional 01:00.0" },
	{ "bridge on the root bus", old_bridge, "01:05.0", "00:1e.0", "yes",
	  "conventional 00:1e.0" },
	{ "beside it in its slot", old_bridge, "01:05.0", "00:1e.1", "yes",
	  "multifunction 00:1e.0" },
	{ "beside its slot", old_bridge, "01:05.0", "00:1f.0", "no", "none" },

	/* Slots */
	{ "card without ACS", CARD_OF_THREE(NONE, NONE, NONE), "01:00.0", "01:00.1",
	  "yes", "multifunction 01:00.0" },
	{ "function 0 is named first", CARD_OF_THREE(NONE, NONE, NONE), "01:00.1",
	  "01:00.2", "yes", "multifunction 01:00.0" },
	{ "unless it has ACS", CARD_OF_THREE("0 0", NONE, NONE), "01:00.2", "01:00.1",
	  "yes", "multifunction 01:00.1" },
	{ "one of two has ACS", CARD_OF_THREE("0 0", NONE, NONE), "01:00.0", "01:00.1",
	  "no", "none" },
	{ "a bit is missing", CARD_OF_THREE("RC 0", "RC R", NONE), "01:00.0", "01:00.1",
	  "yes", "multifunction 01:00.0 missing RC" },
	{ "one of two unreadable", CARD_OF_THREE("? ?", NONE, NONE), "01:00.0", "01:00.1",
	  "?", "unreadable 01:00.0" },
	{ "one unreadable, the other isolated", CARD_OF_THREE("? ?", "0 0", NONE),
	  "01:00.0", "01:00.1", "no", "none" },
	{ "card and port", CARD_OF_THREE(NONE, NONE, NONE), "01:00.0", "00:01.0", "no",
	  "none" },
	{ "virtual functions are alone", virtual_functions, "01:00.0", "01:00.1", "no",
	  "none" },
	{ "two virtual functions", virtual_functions, "01:00.1", "01:00.2", "no", "none" },
	{ "other slots of the root bus", two_domains, "01:00.0", "02:00.0", "no", "none" },
	{ "same address, other domain", two_domains, "01:00.0", "10000:01:00.0", "no",
	  "none" },
	{ "same slot, other domain", two_domains, "00:01.0", "10000:00:01.0", "no", "none" },
	{ "gone", half_gone, "01:00.0", "01:00.1", "?", "unreadable 01:00.0" },
	{ "gone beside isolated", half_gone, "01:00.0", "01:00.2", "no", "none" },

	{ "function 0 gone, alone by itself", first_gone, "01:00.1", "01:00.2", "?",
	  "unreadable 01:00.1" },
	{ "function 0 gone, but isolated", first_gone, "01:00.3", "01:00.2", "no", "none" },
	{ "function 0 gone, two of several", first_gone, "01:00.2", "01:00.4", "yes",
	  "multifunction 01:00.2" },
	{ "bridge to PCI in a slot", no_acs_types, "01:00.0", "01:00.1", "yes",
	  "multifunction 01:00.0" },
	{ "bridge from PCI in a slot", no_acs_types, "01:00.2", "01:00.1", "yes",
	  "multifunction 01:00.0" },
	{ "such a bridge and an isolated function", no_acs_types, "01:00.2", "01:00.3",
	  "no", "none" },

	/* Quirks */
	{ "Intel's integrated endpoints", quirky, "00:02.0", "00:02.1", "no",
	  "multifunction 00:02.0 maybe " RCIEP },
	{ "others' integrated endpoints", quirky, "00:03.0", "00:03.1", "yes",
	  "multifunction 00:03.0" },
	{ "southbridge", quirky, "00:14.0", "00:14.1", "?",
	  "multifunction 00:14.0 maybe " SOUTHBRIDGE },
	{ "PCH ports", quirky, "00:1c.0", "00:1c.1", "?",
	  "multifunction 00:1c.0 maybe " PCH },
	{ "behind PCH ports", quirky, "04:00.0", "06:00.0", "?",
	  "multifunction 00:1c.0 maybe " PCH },
	{ "behind a PCH port", quirky, "06:00.0", "00:1c.1", "?",
	  "port 00:1c.1 maybe " PCH },
	{ "of even ids only", quirky, "08:00.0", "00:1e.0", "?", "port 00:1e.0 maybe " PCH },
	{ "and not of odd ones", quirky, "09:00.0", "00:1f.0", "yes", "port 00:1f.0" },
	{ "Sunrise Point is read", quirky, "07:00.0", "00:1d.0", "yes",
	  "port 00:1d.0 missing VRC " SPT },
	{ "network card below a PCH port", quirky, "04:00.0", "04:00.1", "?",
	  "multifunction 04:00.0 maybe " NIC },
	{ "network card below an open port", quirk_above_open, "01:00.0", "01:00.1",
	  "yes", "port 00:01.0" },

	/* Machines */
	{ "04: APU and SATA", legion, "05:00.0", "06:00.0", "yes", "multifunction 00:08.0" },
	{ "04: APU's display and USB", legion, "05:00.0", "05:00.3", "yes",
	  "multifunction 05:00.0" },
	{ "04: APU and its port", legion, "05:00.0", "00:08.1", "yes", "port 00:08.1" },
	{ "04: APU and host bridge", legion, "05:00.0", "00:08.0", "yes",
	  "multifunction 00:08.0" },
	{ "04: card and its port", legion, "01:00.0", "00:01.1", "no", "none" },
	{ "04: card's display and audio", legion, "01:00.0", "01:00.1", "yes",
	  "multifunction 01:00.0" },
	{ "24: card and its port", b250m, "01:00.0", "00:01.0", "yes", "port 00:01.0" },
	{ "24: disk and its port, ACS off", b250m, "02:00.0", "00:1d.0", "yes",
	  "port 00:1d.0 missing VRC " SPT },
	{ "24: iGPU and anything", b250m, "00:02.0", "01:00.0", "no", "none" },
	{ "24: network and the ISA bridge", b250m, "00:1f.6", "00:1f.0", "no",
	  "multifunction 00:1f.0 maybe " NIC },
	{ "12: both cards", z370, "01:00.0", "02:00.0", "?", "unreadable 00:01.0" },
	{ "12: card and its port", z370, "01:00.0", "00:01.0", "?", "unreadable 00:01.0" },
	{ "12: both cards, told", z370_told, "01:00.0", "02:00.0", "yes",
	  "multifunction 00:01.0" },
	{ "12: card and the other port, told", z370_told, "02:00.0", "00:01.0", "yes",
	  "multifunction 00:01.0" },
	{ "12: card and its port, told", z370_told, "02:00.0", "00:01.1", "yes",
	  "port 00:01.1" },
};

/* From text ---------------------------------------------------------------------------- */

static uint16_t bits_from(const char *word)
{
	static const char letters[] = "VBRCUET";
	uint16_t bits = 0;

	for (; *word; word++)
		if (strchr(letters, *word))
			bits |= 1 << (strchr(letters, *word) - letters);
	return bits;
}

static enum pcie_type type_from(const char *word)
{
	for (enum pcie_type type = PCIE_UNKNOWN; type <= PCI_TO_PCIE_BRIDGE; type++)
		if (streq(word, pcie_type_name(type)))
			return type;
	assert_string_equal(word, "?");
	return PCIE_UNKNOWN;
}

static enum fact fact_from(const char *word)
{
	return *word == '?' ? FACT_UNREADABLE : *word == '-' ? FACT_ABSENT : FACT_KNOWN;
}

static void add_function(struct snapshot *snapshot, const char *line)
{
	char address[24], id[10], group[8], buses[8], type[24], capability[8], control[8],
		flag[2];
	struct function function = { .parent = SIZE_MAX };
	struct pci_caps *caps = &function.caps;
	unsigned secondary, subordinate;
	int n;

	n = sscanf(line, "%23s %9s %7s %7s %23s %7s %7s %1[a-z]", address, id, group,
		   buses, type, capability, control, flag);
	assert_in_range(n, 7, 8);
	assert_true(bdf_parse(address, &function.address));
	assert_true(pci_id_parse(id, &function.id));
	function.group = *group == '-' ? GROUP_NONE : atoi(group);
	*caps = (struct pci_caps){
		.size = CONFIG_SPACE_SIZE,
		.header_fact = FACT_KNOWN,
		.type = type_from(type),
		.acs_fact = fact_from(capability),
		.acs_capability = bits_from(capability),
		.acs_control = bits_from(control),
	};
	if (sscanf(buses, "%x-%x", &secondary, &subordinate) == 2) {
		caps->header_type = 1;
		caps->secondary = secondary;
		caps->subordinate = subordinate;
	}
	caps->is_multifunction = n != 8 || *flag != 's';
	if (n == 8 && *flag == 'g') {
		caps->is_gone = true;
		caps->header_fact = FACT_UNREADABLE;
	}
	assert_int_equal(array_reserve(&snapshot->functions, snapshot->n_functions,
				       &snapshot->functions_capacity, sizeof(function)),
			 0);
	snapshot->functions[snapshot->n_functions++] = function;
}

static void link_function(struct snapshot *snapshot, struct function *function)
{
	bool has_company = false;

	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *other = &snapshot->functions[i];

		if (other->caps.secondary &&
		    other->caps.secondary == function->address.bus &&
		    other->address.domain == function->address.domain)
			function->parent = i;
		if (other != function &&
		    bdf_is_same_slot(&other->address, &function->address))
			has_company = true;
	}
	function->caps.is_multifunction &= has_company;
}

static struct snapshot snapshot_from(const char *text)
{
	struct snapshot snapshot = {};

	while (*text) {
		add_function(&snapshot, text);
		text = strchr(text, '\n') + 1;
	}
	for (size_t i = 0; i < snapshot.n_functions; i++)
		link_function(&snapshot, &snapshot.functions[i]);
	return snapshot;
}

static size_t index_of(const struct snapshot *snapshot, const char *text)
{
	struct bdf address;
	struct function *function;

	assert_true(bdf_parse(text, &address));
	function = snapshot_find(snapshot, &address);
	assert_non_null(function);
	return function - snapshot->functions;
}

/* To text ------------------------------------------------------------------------------ */

#define WHY_SIZE 160

static const char *shared_name(enum fact fact)
{
	return fact == FACT_KNOWN ? "yes" : fact == FACT_ABSENT ? "no" : "?";
}

static void explain(const struct snapshot *snapshot, size_t function, size_t other,
		    char buffer[static WHY_SIZE])
{
	static const char *const reasons[] = {
		[ACS_REASON_NONE] = "none",
		[ACS_REASON_MULTIFUNCTION] = "multifunction",
		[ACS_REASON_PORT] = "port",
		[ACS_REASON_CONVENTIONAL] = "conventional",
		[ACS_REASON_UNREADABLE] = "unreadable",
	};
	struct acs_explanation why = acs_explain(snapshot, function, other);
	char address[PCI_ADDRESS_SIZE] = "", letters[ACS_LETTERS_SIZE];
	const char *culprit = "";

	if (why.culprit != SIZE_MAX) {
		bdf_format(&snapshot->functions[why.culprit].address, address);
		culprit = has_prefix(address, "0000:") ? address + 5 : address;
	}
	snprintf(buffer, WHY_SIZE, "%s%s%s%s%s%s%s%s", reasons[why.reason],
		 *culprit ? " " : "", culprit, why.missing ? " missing " : "",
		 why.missing ? acs_letters(why.missing, letters) : "",
		 why.may_be_quirk ? " maybe" : "", why.quirk ? " " : "",
		 why.quirk ? why.quirk : "");
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct acs_case *test = &cases[i];
		struct snapshot snapshot = snapshot_from(test->machine);
		size_t function = index_of(&snapshot, test->function);
		size_t other = index_of(&snapshot, test->other);
		const char *shared =
			shared_name(acs_predict_shared(&snapshot, function, other));
		char why[WHY_SIZE], back[WHY_SIZE];

		explain(&snapshot, function, other, why);
		explain(&snapshot, other, function, back);
		if (strcmp(why, test->why) != 0)
			fail_msg("%s: explained by '%s', expected '%s'", test->name, why,
				 test->why);
		if (strcmp(shared, test->shared) != 0)
			fail_msg("%s: foretold '%s', expected '%s'", test->name, shared,
				 test->shared);
		/* For an unreadable pair, either of the two may be named. */
		if (!has_prefix(why, "unreadable"))
			assert_string_equal(why, back);
		assert_string_equal(shared, shared_name(acs_predict_shared(&snapshot, other,
									   function)));
		snapshot_done(&snapshot);
	}
}

/* Real pairs are shared as in the kernel's groups, and each sharing has a reason. */
static void test_groups(void **state)
{
	struct snapshot snapshot = snapshot_from(legion);
	size_t pairs = 0;

	(void)state;
	for (size_t i = 0; i < snapshot.n_functions; i++)
		for (size_t k = 0; k < snapshot.n_functions; k++) {
			const struct function *a = &snapshot.functions[i];
			const struct function *b = &snapshot.functions[k];
			char first[PCI_ADDRESS_SIZE], second[PCI_ADDRESS_SIZE];
			enum fact expected = a->group == b->group ? FACT_KNOWN :
								    FACT_ABSENT;

			if (i == k || a->group == GROUP_NONE || b->group == GROUP_NONE)
				continue;
			if (acs_predict_shared(&snapshot, i, k) != expected)
				fail_msg("%s and %s", bdf_format(&a->address, first),
					 bdf_format(&b->address, second));
			assert_int_equal(acs_explain(&snapshot, i, k).reason !=
						 ACS_REASON_NONE,
					 expected == FACT_KNOWN);
			pairs++;
		}
	assert_int_equal(pairs, 32 * 31);
	snapshot_done(&snapshot);
}

/* Without facts there is no prediction. */
static void test_unread(void **state)
{
	struct snapshot snapshot = snapshot_from(legion);

	(void)state;
	for (size_t i = 0; i < snapshot.n_functions; i++)
		snapshot.functions[i].caps = (struct pci_caps){};
	for (size_t i = 0; i < snapshot.n_functions; i++)
		for (size_t k = 0; k < snapshot.n_functions; k++) {
			enum acs_reason reason = acs_explain(&snapshot, i, k).reason;

			assert_int_not_equal(acs_predict_shared(&snapshot, i, k),
					     FACT_KNOWN);
			assert_true(reason == ACS_REASON_NONE ||
				    reason == ACS_REASON_UNREADABLE);
		}
	snapshot_done(&snapshot);
}

/* Circles of parents, and parents that are missing, end. */
static void test_bad_parents(void **state)
{
	static const size_t parents[] = { 0, 1, 2, 3, 6, 7, 1000, SIZE_MAX - 1, SIZE_MAX };
	struct snapshot snapshot = snapshot_from(SWITCH(GOOD, NONE, NONE));

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parents); i++)
		for (size_t k = 0; k < ARRAY_SIZE(parents); k++) {
			snapshot.functions[0].parent = parents[i];
			snapshot.functions[1].parent = parents[k];
			for (size_t a = 0; a <= snapshot.n_functions; a++)
				for (size_t b = 0; b <= snapshot.n_functions; b++) {
					struct acs_explanation why =
						acs_explain(&snapshot, a, b);

					assert_true(why.culprit == SIZE_MAX ||
						    why.culprit < snapshot.n_functions);
					acs_predict_shared(&snapshot, a, b);
				}
		}
	snapshot_done(&snapshot);
}

static void test_bad_indexes(void **state)
{
	struct snapshot snapshot = {};

	(void)state;
	assert_int_equal(acs_explain(&snapshot, 0, 1).reason, ACS_REASON_NONE);
	assert_true(acs_explain(&snapshot, SIZE_MAX, 0).culprit == SIZE_MAX);
	assert_int_equal(acs_predict_shared(&snapshot, 0, SIZE_MAX), FACT_UNREADABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),	    cmocka_unit_test(test_groups),
		cmocka_unit_test(test_unread),	    cmocka_unit_test(test_bad_parents),
		cmocka_unit_test(test_bad_indexes),
	};

	printf("acs: %zu cases in test_cases\n", ARRAY_SIZE(cases));
	return cmocka_run_group_tests_name("acs", tests, NULL, NULL);
}
