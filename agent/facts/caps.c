// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parses a function's configuration space into struct pci_caps. Never trusts a byte: a missing or
 * broken device returns anything. Pure: no I/O.
 */
#include "facts/caps.h"

#include "base/bytes.h"

#define HEADER_SIZE 64
#define STANDARD_SIZE 256
#define HEADER_STATUS 0x06
#define STATUS_HAS_CAPABILITIES 0x10
#define HEADER_TYPE 0x0e
#define TYPE_MULTIFUNCTION 0x80
#define TYPE_CARDBUS 2
#define HEADER_SECONDARY 0x19
#define HEADER_SUBORDINATE 0x1a
#define HEADER_CAPABILITIES 0x34
#define CARDBUS_CAPABILITIES 0x14

#define CAP_EXPRESS 0x10
#define EXPRESS_SIZE 8 /* of which this file reads nothing further */
#define DEVCAP_FLR (UINT32_C(1) << 28)
#define EXPRESS_HAS_SLOT 0x0100 /* a connector, nothing soldered */

#define EXT_SERIAL 0x0003
#define EXT_ACS 0x000d
#define EXT_SRIOV 0x0010
#define EXT_REBAR 0x0015
#define SRIOV_VF_ENABLE 0x0001

/* As many as fit; drivers/pci/pci.c gives up after the same number of hops. */
#define CAPS_MAX 48
#define EXT_CAPS_MAX ((CONFIG_SPACE_SIZE - STANDARD_SIZE) / 8)

struct space {
	const uint8_t *bytes;
	size_t size;
};

/* Offsets of the extended capabilities that matter; 0: not seen. */
struct extended {
	size_t acs, serial, sriov, rebar;
	bool is_complete; /* the list was followed to its end */
};

static bool has_bytes(const struct space *space, size_t offset, size_t n)
{
	return offset <= space->size && n <= space->size - offset;
}

/* The ids alone prove nothing: a virtual function reads as ffff:ffff too. */
static bool is_all_ones(const struct space *space)
{
	for (size_t i = 0; i < HEADER_SIZE; i++)
		if (space->bytes[i] != 0xff)
			return false;
	return true;
}

static void read_header(const struct space *space, struct pci_caps *caps)
{
	uint8_t type = space->bytes[HEADER_TYPE];

	caps->header_fact = FACT_KNOWN;
	caps->header_type = type & ~TYPE_MULTIFUNCTION;
	caps->is_multifunction = type & TYPE_MULTIFUNCTION;
	if (caps->header_type != 0) {
		caps->secondary = space->bytes[HEADER_SECONDARY];
		caps->subordinate = space->bytes[HEADER_SUBORDINATE];
	}
}

static enum pcie_type type_from(unsigned number)
{
	/* PCI Express Capabilities register, Device/Port Type; uapi/linux/pci_regs.h */
	static const enum pcie_type types[16] = {
		[0x0] = PCIE_ENDPOINT,		 [0x1] = PCIE_LEGACY_ENDPOINT,
		[0x4] = PCIE_ROOT_PORT,		 [0x5] = PCIE_UPSTREAM_PORT,
		[0x6] = PCIE_DOWNSTREAM_PORT,	 [0x7] = PCIE_TO_PCI_BRIDGE,
		[0x8] = PCI_TO_PCIE_BRIDGE,	 [0x9] = PCIE_RC_ENDPOINT,
		[0xa] = PCIE_RC_EVENT_COLLECTOR,
	};

	return types[number & 0xf];
}

static void read_express(const struct space *space, size_t offset, struct pci_caps *caps)
{
	if (!has_bytes(space, offset, EXPRESS_SIZE))
		return;
	caps->type = type_from(get_le16(space->bytes + offset + 2) >> 4);
	caps->has_slot = get_le16(space->bytes + offset + 2) & EXPRESS_HAS_SLOT;
	caps->has_flr = get_le32(space->bytes + offset + 4) & DEVCAP_FLR;
}

/*
 * Ends where the kernel does: at a pointer into the header and at an id of all ones
 * (drivers/pci/pci.c, __pci_find_next_cap). A list that ends so without PCI Express has none. A list
 * that loops, or leaves the bytes that were read, leaves the type unknown.
 */
static void find_express(const struct space *space, struct pci_caps *caps)
{
	bool has_express = false;
	size_t offset;

	if (!(get_le16(space->bytes + HEADER_STATUS) & STATUS_HAS_CAPABILITIES)) {
		caps->type = PCIE_NONE;
		return;
	}
	offset = space->bytes[caps->header_type == TYPE_CARDBUS ? CARDBUS_CAPABILITIES :
								  HEADER_CAPABILITIES];
	for (unsigned hops = 0; hops < CAPS_MAX; hops++) {
		offset &= ~(size_t)3; /* the two low bits are reserved */
		if (offset >= HEADER_SIZE && !has_bytes(space, offset, 2))
			return; /* beyond what was read */
		if (offset < HEADER_SIZE || space->bytes[offset] == 0xff) {
			if (!has_express)
				caps->type = PCIE_NONE;
			return;
		}
		if (space->bytes[offset] == CAP_EXPRESS && !has_express) {
			read_express(space, offset, caps);
			has_express = true;
			if (offset + EXPRESS_SIZE > STANDARD_SIZE)
				break;
		}
		offset = space->bytes[offset + 1];
	}
	caps->is_list_broken = true;
}

static void note_extended(struct extended *found, unsigned id, size_t offset)
{
	size_t *place = id == EXT_ACS	 ? &found->acs :
			id == EXT_SERIAL ? &found->serial :
			id == EXT_SRIOV	 ? &found->sriov :
			id == EXT_REBAR	 ? &found->rebar :
					   NULL;

	if (place && !*place) /* the first one, as in the kernel */
		*place = offset;
}

static struct extended find_extended(const struct space *space)
{
	struct extended found = {};
	size_t offset = STANDARD_SIZE;

	for (unsigned hops = 0; hops < EXT_CAPS_MAX; hops++) {
		uint32_t header;

		if (offset < STANDARD_SIZE || !has_bytes(space, offset, 4))
			return found;
		header = get_le32(space->bytes + offset);
		/* All ones: extended space is out of reach, for the kernel as well. */
		if (header == UINT32_MAX)
			return found;
		note_extended(&found, header & 0xffff, offset);
		offset = header >> 20 & ~3u;
		if (!offset) {
			found.is_complete = true;
			return found;
		}
	}
	return found;
}

/* FACT_KNOWN: at least `n` bytes of the capability were read. */
static enum fact fact_of(const struct space *space, const struct extended *found,
			 size_t offset, size_t n)
{
	if (!offset)
		return found->is_complete ? FACT_ABSENT : FACT_UNREADABLE;
	return has_bytes(space, offset, n) ? FACT_KNOWN : FACT_UNREADABLE;
}

/*
 * Sunrise and Union Point root ports have dwords in place of the specification's words
 * (drivers/pci/quirks.c, pci_quirk_intel_spt_pch_acs()).
 */
static bool has_acs_dwords(const struct pci_id *id, enum pcie_type type)
{
	static const struct {
		uint16_t first, last;
	} ranges[] = {
		{ 0xa110, 0xa11f }, { 0xa167, 0xa16a }, { 0xa290, 0xa29f },
		{ 0xa2e7, 0xa2ee }, { 0x9d10, 0x9d1b },
	};

	if (id->vendor != 0x8086 || type != PCIE_ROOT_PORT)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (id->device >= ranges[i].first && id->device <= ranges[i].last)
			return true;
	return false;
}

static void read_acs(const struct space *space, const struct extended *found,
		     const struct pci_id *id, struct pci_caps *caps)
{
	size_t control = has_acs_dwords(id, caps->type) ? 8 : 6;

	caps->acs_fact = fact_of(space, found, found->acs, control + 2);
	if (caps->acs_fact != FACT_KNOWN)
		return;
	caps->acs_capability = get_le16(space->bytes + found->acs + 4);
	caps->acs_control = get_le16(space->bytes + found->acs + control);
}

static void read_serial(const struct space *space, const struct extended *found,
			struct pci_caps *caps)
{
	caps->serial_fact = fact_of(space, found, found->serial, 12);
	if (caps->serial_fact == FACT_KNOWN)
		caps->serial = get_le64(space->bytes + found->serial + 4);
}

static void read_sriov(const struct space *space, const struct extended *found,
		       struct pci_caps *caps)
{
	caps->sriov_fact = fact_of(space, found, found->sriov, 0x12);
	if (caps->sriov_fact == FACT_KNOWN &&
	    get_le16(space->bytes + found->sriov + 8) & SRIOV_VF_ENABLE)
		caps->sriov_enabled_vfs = get_le16(space->bytes + found->sriov + 0x10);
}

static void read_extended(const struct space *space, const struct pci_id *id,
			  struct pci_caps *caps)
{
	struct extended found = {};

	if (caps->type == PCIE_NONE) /* conventional PCI has no extended space */
		found.is_complete = true;
	else if (caps->type != PCIE_UNKNOWN)
		found = find_extended(space);
	read_acs(space, &found, id, caps);
	read_serial(space, &found, caps);
	read_sriov(space, &found, caps);
	caps->rebar_fact = fact_of(space, &found, found.rebar, 4);
}

void caps_parse(const uint8_t *config, size_t size, const struct pci_id *id,
		struct pci_caps *ret_caps)
{
	struct space space = { config, size < CONFIG_SPACE_SIZE ? size : CONFIG_SPACE_SIZE };
	struct pci_caps caps = {
		.size = space.size,
		.header_fact = FACT_UNREADABLE,
		.acs_fact = FACT_UNREADABLE,
		.serial_fact = FACT_UNREADABLE,
		.sriov_fact = FACT_UNREADABLE,
		.rebar_fact = FACT_UNREADABLE,
	};

	if (space.size >= HEADER_SIZE) {
		caps.is_gone = is_all_ones(&space);
		if (!caps.is_gone) {
			read_header(&space, &caps);
			/* The SR-IOV specification makes both ids of a virtual function all ones. */
			caps.is_foreign = get_le32(space.bytes) != UINT32_MAX &&
					  (get_le16(space.bytes) != id->vendor ||
					   get_le16(space.bytes + 2) != id->device);
			find_express(&space, &caps);
			read_extended(&space, id, &caps);
		}
	}
	*ret_caps = caps;
}

const char *pcie_type_name(enum pcie_type type)
{
	static const char *const names[] = {
		[PCIE_UNKNOWN] = "unknown",
		[PCIE_NONE] = "none",
		[PCIE_ENDPOINT] = "endpoint",
		[PCIE_LEGACY_ENDPOINT] = "legacy",
		[PCIE_RC_ENDPOINT] = "rc-endpoint",
		[PCIE_RC_EVENT_COLLECTOR] = "rc-event-collector",
		[PCIE_ROOT_PORT] = "root-port",
		[PCIE_UPSTREAM_PORT] = "upstream",
		[PCIE_DOWNSTREAM_PORT] = "downstream",
		[PCIE_TO_PCI_BRIDGE] = "pcie-pci-bridge",
		[PCI_TO_PCIE_BRIDGE] = "pci-pcie-bridge",
	};

	return names[type];
}

const char *acs_letters(uint16_t bits, char buffer[static ACS_LETTERS_SIZE])
{
	static const char letters[] = "VBRCUET"; /* bits 0 to 6 */
	size_t used = 0;

	for (unsigned i = 0; letters[i]; i++)
		if (bits >> i & 1)
			buffer[used++] = letters[i];
	if (!used)
		buffer[used++] = '0';
	buffer[used] = '\0';
	return buffer;
}
