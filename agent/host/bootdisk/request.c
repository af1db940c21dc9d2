// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads what a parameter of the kernel command line asks of the network: which interface, which
 * server. The words are those of the kernel (Documentation/admin-guide/nfs/nfsroot.rst),
 * initramfs-tools(7), dracut.cmdline(7), open-iscsi and nbd-client. Follows nothing.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <ctype.h>
#include <stdio.h>

#define IP_FIELDS 8

/* The methods that ip= and dracut's ip=INTERFACE:METHOD know. */
static bool is_method(const char *text)
{
	static const char *const methods[] = {
		"dhcp",	      "on",	"any",	 "all",	  "both",
		"bootp",      "rarp",	"dhcp4", "dhcp6", "auto6",
		"either6",    "link6",	"ibft",	 "nbft",  "single-dhcp",
		"link-local", "static", "off",	 "none",
	};

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (streq(text, methods[i]))
			return true;
	return false;
}

static bool is_off(const char *text)
{
	return streq(text, "off") || streq(text, "none");
}

/* In place, at colons outside of brackets; brackets go. */
static size_t split(char *text, char *fields[IP_FIELDS])
{
	size_t n = 0;

	while (text && n < IP_FIELDS) {
		char *end = *text == '[' ? strchr(text, ']') : NULL;

		fields[n] = end ? text + 1 : text;
		if (end) {
			*end = '\0';
			text = end + 1;
		}
		text = strchr(text, ':');
		if (text)
			*text++ = '\0';
		n++;
	}
	return n;
}

static void take(const char *text, char *buffer, size_t size, const char **ret_text)
{
	if (!*text || (size_t)snprintf(buffer, size, "%s", text) >= size)
		return;
	*ret_text = buffer;
}

/* ip=dhcp; ip=eth0:dhcp; ip=CLIENT:SERVER:GATEWAY:NETMASK:HOST:INTERFACE:METHOD */
static bool parse_ip(char *value, struct network_request *request)
{
	char *fields[IP_FIELDS] = {};
	size_t n = split(value, fields);

	if (n <= 1) {
		request->is_firmware = streq(value, "ibft");
		if (!is_method(value))
			take(value, request->server, sizeof(request->server),
			     &request->network.server);
		return *value && !is_off(value);
	}
	if (is_method(fields[1])) {
		take(fields[0], request->interface, sizeof(request->interface),
		     &request->network.interface);
		return !is_off(fields[1]);
	}
	/* The route to the host's own address is that of its network. */
	take(*fields[0] ? fields[0] : fields[1], request->server, sizeof(request->server),
	     &request->network.server);
	if (n > 5)
		take(fields[5], request->interface, sizeof(request->interface),
		     &request->network.interface);
	return true;
}

/* fcoe=eth0:dcb, fcoe=00:11:22:33:44:55:nodcb */
static bool parse_fcoe(char *value, struct network_request *request)
{
	char *colon = strrchr(value, ':');

	if (colon)
		*colon = '\0';
	if (strchr(value, ':'))
		take(value, request->mac, sizeof(request->mac), &request->network.mac);
	else
		take(value, request->interface, sizeof(request->interface),
		     &request->network.interface);
	return *value;
}

static bool parse_server(char *value, struct network_request *request)
{
	_cleanup_free_ char *server = NULL;

	if (server_of(value, &server) == 0 && server)
		take(server, request->server, sizeof(request->server),
		     &request->network.server);
	return *value;
}

/* rd.nvmf.discover=TRANSPORT,TRADDR,HOST_TRADDR,TRSVCID */
static bool parse_nvmf(char *value, struct network_request *request)
{
	char *transport = strsep(&value, ","), *address = strsep(&value, ",");

	if (address)
		take(address, request->server, sizeof(request->server),
		     &request->network.server);
	return !streq(transport, "fc");
}

static bool parse_flag(char *value, struct network_request *request)
{
	(void)request;
	return !streq(value, "0") && !streq(value, "no");
}

static bool parse_firmware(char *value, struct network_request *request)
{
	request->is_firmware = true;
	return parse_flag(value, request);
}

static const struct {
	const char *name;
	bool (*parse)(char *value, struct network_request *request);
} parameters[] = {
	{ "ip=", parse_ip },
	{ "netroot=", parse_server },
	{ "nfsroot=", parse_server },
	{ "nbdroot=", parse_server },
	{ "iscsi_target_ip=", parse_server },
	{ "rd.nvmf.discover=", parse_nvmf },
	{ "fcoe=", parse_fcoe },
	{ "rd.neednet=", parse_flag },
	{ "rd.iscsi.firmware", parse_firmware },
	{ "rd.iscsi.ibft", parse_firmware },
	{ "iscsi_auto", parse_firmware },
};

bool network_request_parse(char *parameter, struct network_request *ret_request)
{
	size_t length = strcspn(parameter, "=");
	char *value = parameter + length + (parameter[length] == '=');

	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		if (strcspn(parameters[i].name, "=") != length ||
		    strncmp(parameter, parameters[i].name, length) != 0)
			continue;
		*ret_request = (struct network_request){ .use = parameters[i].name };
		return parameters[i].parse(value, ret_request);
	}
	return false;
}
