/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a boot that claimed one card, and the system it left: both functions are held. */
#pragma once

#include "tree.h"
#include "unit.h"

#define DEVICE(address, driver)                                                          \
	"sys/bus/pci/devices/" address "/driver -> ../../../bus/pci/drivers/" driver "\n"
#define CLAIMED_CARD                                                                     \
	"{ 'configured': '0000:01:00.0', 'kind': 'gpu', 'address': '0000:01:00.0',"      \
	" 'result': 'claimed', 'functions': [ { 'address': '0000:01:00.0' },"            \
	" { 'address': '0000:01:00.1' } ] }"
#define GOOD_BOOT(more)                                                                         \
	"{ 'version': 1, 'program': 'vfio-claim 1', 'kernel': 'six', 'mode': 'claim',"          \
	" 'result': 'claimed', 'started_at': 2.5, 'duration_ms': 96.2, 'gpus': [ " CLAIMED_CARD \
	" ]" more " }"
#define BOTH                                                                             \
	DEVICE("0000:01:00.0", "vfio-pci") DEVICE("0000:01:00.1", "nvgrace_gpu_vfio_pci")
