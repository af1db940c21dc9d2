// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nothing in mountinfo, fstab, crypttab, swaps, udev's records, the kernel command line or the
 * names of /sys/class/block harms the search for the host's boot devices.
 */
#include "host/bootdisk/bootdisk-parts.h"
#include "fuzz.h"

static void check_needs(const struct root *root)
{
	struct host_needs needs = {};

	if (bootdisk_find(root, &needs) < 0)
		abort();
	for (size_t i = 0; i < needs.n; i++) {
		CHECK(needs.items[i].use && *needs.items[i].use);
		CHECK(needs.items[i].functions || !needs.items[i].n_functions);
	}
	host_needs_done(&needs);
}

static void check_table(const struct root *root, bool is_fstab)
{
	struct mounts mounts = {};

	if ((is_fstab ? fstab_read : mounts_read)(root, "/table", &mounts) == 0)
		for (size_t i = 0; i < mounts.n; i++) {
			const struct mount *mount = &mounts.items[i];

			CHECK(mount->point && mount->type && mount->source &&
			      mount->options);
			(void)fstab_is_required(mount);
			CHECK(mounts_at(&mounts, mount->point));
			if (*mount->point == '/')
				CHECK(mounts_holding(&mounts, mount->point));
		}
	mounts_done(&mounts);
}

static void check_cmdline(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1), *name = NULL;
	struct network_request request;
	struct parameter parameter;
	const char *cursor = text;
	struct span server;

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	CHECK(cmdline_find_root(text, &name) == 0);
	CHECK(!name || *name);
	server = server_of(span_of(text));
	CHECK(server.text >= text && server.text + server.size <= text + size);
	while (parameter_next(&cursor, &parameter))
		if (network_request_parse(&parameter, &request))
			CHECK(request.use);
	unescape_hex(text);
	unescape_octal(text);
}

static void check_routes(const uint8_t *data, size_t size)
{
	static const char *const addresses[] = { "10.0.0.1", "2001:db8::1", "host" };

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		CLEANUP(strings_done) struct strings interfaces = {};
		struct root root = fuzz_root(data, size);

		CHECK(route_find(&root, span_of(addresses[i]), &interfaces) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct root root = fuzz_root(data, size);

	check_needs(&root);
	root = fuzz_root(data, size);
	check_table(&root, false);
	root = fuzz_root(data, size);
	check_table(&root, true);
	check_cmdline(data, size);
	check_routes(data, size);
	return 0;
}
