/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces, routes and remote file systems for the trees of the host/bootdisk tests. */
#pragma once

#include "boot-tree.h"

/* Interfaces on two cards; eth0 is up, eth1 is not. */
#define NET_(name, place, flags)                                                         \
	"sys/class/net/" name " -> ../../devices/" place "/net/" name "\n"               \
	"sys/devices/" place "/net/" name "/flags = " flags "\n"
#define ETH0 NET_("eth0", "pci0000:00/0000:00:1f.6", "0x1003")
#define ETH1 NET_("eth1", "pci0000:00/0000:00:1c.0/0000:05:00.0", "0x1003")
#define DOWN1 NET_("eth1", "pci0000:00/0000:00:1c.0/0000:05:00.0", "0x1002")
#define SOFT(name) NET_(name, "virtual", "0x1003")
#define LOWER(name, lower)                                                               \
	"sys/devices/virtual/net/" name "/lower_" lower " -> ../../x/net/" lower "\n"

/* 10.0.0.0/24 by eth0, 10.1.0.0/16 by eth1, the rest by eth0, in little-endian order. */
#define HEADING                                                                          \
	"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\\n"
#define ROUTE(name, network, flags, metric, mask)                                        \
	name "\t" network "\t00000000\t" flags "\t0\t0\t" metric "\t" mask "\t0\t0\t0\\n"
#define ROUTES(lines) "proc/net/route = " HEADING lines "\n"
#define TWO_NETWORKS                                                                     \
	ROUTES(ROUTE("eth0", "00000000", "0003", "100", "00000000")                      \
		       ROUTE("eth0", "0000000A", "0001", "100", "00FFFFFF")              \
			       ROUTE("eth1", "0000010A", "0001", "100", "0000FFFF"))
#define ROUTE6(network, length, metric, flags, name)                                     \
	network " " length " 00000000000000000000000000000000 00 "                       \
		"00000000000000000000000000000000 " metric " 00000001 00000000 " flags   \
		"     " name "\\n"
#define NFS_ROOT(address)                                                                \
	MOUNTINFO("22 1 0:21 / / rw - nfs4 server:/r rw,vers=4.2,clientaddr=10.0.0.5,"   \
		  "local_lock=none,addr=" address)
#define BY_ETH0 ": 0000:00:1f.6\n"
#define BY_ETH1 ": 0000:05:00.0\n"
#define BY_BOTH ": 0000:00:1f.6 0000:05:00.0\n"
#define ROOT_NFS "root file system server:/r"

#define VIRTIOFS(number, tag)                                                            \
	"sys/bus/virtio/devices/virtio" number " -> ../../../devices/pci0000:00/"        \
	"0000:00:0" number ".0/virtio" number "\n"                                       \
	"sys/devices/pci0000:00/0000:00:0" number ".0/virtio" number "/" tag
