// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads what a parameter of the kernel command line asks of the network: which interface, which
 * server. The words are those of the kernel (Documentation/admin-guide/nfs/nfsroot.rst),
 * initramfs-tools(7), dracut.cmdline(7), open-iscsi and nbd-client. Follows nothing.
 */
#include "host/bootdisk/bootdisk-parts.h"

/* CLIENT:SERVER:GATEWAY:NETMASK:HOST:INTERFACE */
#define IP_FIELDS 6

/* The methods that ip= and dracut's ip=INTERFACE:METHOD know. */
static bool is_method(struct span text)
{
	static const char *const methods[] = {
		"dhcp",	      "on",	"any",	 "all",	  "both",
		"bootp",      "rarp",	"dhcp4", "dhcp6", "auto6",
		"either6",    "link6",	"ibft",	 "nbft",  "single-dhcp",
		"link-local", "static", "off",	 "none",
	};

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (span_equal(text, methods[i]))
			return true;
	return false;
}

static bool is_off(struct span text)
{
	return span_equal(text, "off") || span_equal(text, "none");
}

/* Up to a colon outside of brackets, without these. */
static struct span next_field(struct span *rest)
{
	struct span field;

	if (!rest->size || *rest->text != '[' || !memchr(rest->text, ']', rest->size))
		return span_next(rest, ":");
	span_next(rest, "[");
	field = span_next(rest, "]");
	span_next(rest, ":");
	return field;
}

/* ip=dhcp; ip=eth0:dhcp; ip=CLIENT:SERVER:GATEWAY:NETMASK:HOST:INTERFACE:METHOD */
static bool parse_ip(struct span value, struct network_request *request)
{
	struct network *network = &request->network;
	struct span fields[IP_FIELDS];

	if (!memchr(value.text, ':', value.size)) {
		request->is_firmware = span_equal(value, "ibft");
		if (!is_method(value))
			network->server = value;
		return value.size && !is_off(value);
	}
	for (size_t i = 0; i < IP_FIELDS; i++)
		fields[i] = next_field(&value);
	if (is_method(fields[1])) {
		network->interface = fields[0];
		return !is_off(fields[1]);
	}
	/* The route to the host's own address is that of its network. */
	network->server = fields[0].size ? fields[0] : fields[1];
	network->interface = fields[5];
	return true;
}

/* fcoe=eth0:dcb, fcoe=00:11:22:33:44:55:nodcb */
static bool parse_fcoe(struct span value, struct network_request *request)
{
	const char *colon = memrchr(value.text, ':', value.size);

	if (colon)
		value.size = colon - value.text;
	if (memchr(value.text, ':', value.size))
		request->network.mac = value;
	else
		request->network.interface = value;
	return value.size;
}

static bool parse_server(struct span value, struct network_request *request)
{
	request->network.server = server_of(value);
	return value.size;
}

/* rd.nvmf.discover=TRANSPORT,TRADDR,HOST_TRADDR,TRSVCID */
static bool parse_nvmf(struct span value, struct network_request *request)
{
	struct span transport = span_next(&value, ",");

	request->network.server = span_next(&value, ",");
	return !span_equal(transport, "fc");
}

static bool parse_flag(struct span value, struct network_request *request)
{
	(void)request;
	return !span_equal(value, "0") && !span_equal(value, "no");
}

static bool parse_firmware(struct span value, struct network_request *request)
{
	request->is_firmware = true;
	return parse_flag(value, request);
}

static const struct {
	const char *use;
	bool (*parse)(struct span value, struct network_request *request);
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

bool network_request_parse(const struct parameter *parameter,
			   struct network_request *ret_request)
{
	struct span name = { parameter->name, parameter->name_size };
	struct span value = { parameter->value, parameter->value_size };

	if (!parameter->value)
		value = span_of("");
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		struct span use = span_of(parameters[i].use);
		struct span wanted = span_next(&use, "=");

		if (wanted.size != name.size ||
		    memcmp(wanted.text, name.text, name.size) != 0)
			continue;
		*ret_request = (struct network_request){ .use = parameters[i].use };
		return parameters[i].parse(value, ret_request);
	}
	return false;
}
