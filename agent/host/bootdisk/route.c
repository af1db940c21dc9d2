// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the interfaces that the kernel's main routing tables send packets for an address to. Reads
 * /proc/net/route (net/ipv4/fib_trie.c: fib_route_seq_show()) and /proc/net/ipv6_route
 * (net/ipv6/ip6_fib.c: ipv6_route_native_seq_show()); other tables and rules show only through
 * netlink, and nothing is guessed of them.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <arpa/inet.h>
#include <stdio.h>

#define TABLE_SIZE_MAX (4 * 1024 * 1024)
#define RTF_UP 0x0001 /* linux/route.h */
#define RTF_REJECT 0x0200
#define INTERFACE_SIZE 32

struct route {
	char interface[INTERFACE_SIZE];
	unsigned length; /* of the prefix */
	unsigned metric, flags;
	struct in6_addr network;
};

struct lookup {
	struct in6_addr address;
	bool (*parse)(const char *line, struct route *ret_route);
	bool is_found;
	unsigned best_length, best_metric;
};

/* Iface Destination Gateway Flags RefCnt Use Metric Mask ...: the addresses are words as they lie in
 * memory. */
static bool parse_ipv4(const char *line, struct route *ret_route)
{
	unsigned destination, mask;
	struct route route = {};

	if (sscanf(line, "%31s %x %*x %x %*d %*u %u %x", route.interface, &destination,
		   &route.flags, &route.metric, &mask) != 5)
		return false;
	route.length = __builtin_popcount(mask);
	memcpy(&route.network, &destination, sizeof(destination));
	*ret_route = route;
	return true;
}

static bool parse_hex_address(const char *text, struct in6_addr *ret_address)
{
	for (size_t i = 0; i < sizeof(*ret_address); i++) {
		unsigned byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		ret_address->s6_addr[i] = byte;
	}
	return true;
}

/* destination length source length gateway metric references use flags interface, all in hex */
static bool parse_ipv6(const char *line, struct route *ret_route)
{
	char destination[33];
	struct route route = {};

	if (sscanf(line, "%32[0-9a-f] %2x %*s %*s %*s %x %*x %*x %x %31s", destination,
		   &route.length, &route.metric, &route.flags, route.interface) != 5 ||
	    strlen(destination) != 32 || !parse_hex_address(destination, &route.network))
		return false;
	*ret_route = route;
	return true;
}

static bool is_covered(const struct route *route, const struct in6_addr *address)
{
	unsigned bytes = route->length / 8, bits = route->length % 8;

	if (route->length > 128 || memcmp(&route->network, address, bytes) != 0)
		return false;
	return !bits ||
	       (route->network.s6_addr[bytes] ^ address->s6_addr[bytes]) >> (8 - bits) == 0;
}

/* The longest prefix counts, of these the lowest metric, of these all. */
static int take_route(struct lookup *lookup, const struct route *route,
		      struct strings *interfaces)
{
	if (!(route->flags & RTF_UP) || !is_covered(route, &lookup->address))
		return 0;
	if (lookup->is_found &&
	    (route->length < lookup->best_length ||
	     (route->length == lookup->best_length && route->metric > lookup->best_metric)))
		return 0;
	if (!lookup->is_found || route->length != lookup->best_length ||
	    route->metric != lookup->best_metric)
		strings_done(interfaces);
	lookup->is_found = true;
	lookup->best_length = route->length;
	lookup->best_metric = route->metric;
	return route->flags & RTF_REJECT ? 0 :
					   strings_add_once(interfaces, route->interface);
}

static int look_up(const struct root *root, const char *path, struct lookup *lookup,
		   struct strings *ret_interfaces)
{
	_cleanup_free_ char *text = NULL;
	char *line, *rest;
	size_t size;
	int r;

	r = root_read_file(root, path, TABLE_SIZE_MAX, &text, &size);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		struct route route;

		if (lookup->parse(line, &route))
			r = take_route(lookup, &route, ret_interfaces);
	}
	return r;
}

int route_find(const struct root *root, struct span address, struct strings *ret_interfaces)
{
	char text[INET6_ADDRSTRLEN + INTERFACE_SIZE];
	struct lookup lookup = {};
	char *scope;

	if (address.size >= sizeof(text))
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)address.size, address.text);
	scope = strchr(text, '%');
	if (scope)
		*scope++ = '\0';
	if (inet_pton(AF_INET, text, &lookup.address) == 1) {
		lookup.parse = parse_ipv4;
		return look_up(root, "/proc/net/route", &lookup, ret_interfaces);
	}
	if (inet_pton(AF_INET6, text, &lookup.address) != 1)
		return 0;
	if (scope) /* fe80::1%eth0 */
		return strings_add_once(ret_interfaces, scope);
	lookup.parse = parse_ipv6;
	return look_up(root, "/proc/net/ipv6_route", &lookup, ret_interfaces);
}
