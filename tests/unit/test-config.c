// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration holds what was written, and every doubt becomes a finding. */
#include "unit.h"

#include "decide/config.h"
#include "decide/identity.h"

#include <stdio.h>

#define FILE_LINE(number) CONFIG_PATH ":" #number

struct expected_finding {
	enum severity severity;
	const char *subject;
	const char *text; /* a part of it */
};

struct config_case {
	const char *name;
	const char *text;    /* the file */
	size_t size;	     /* 0: strlen(text) */
	const char *cmdline; /* NULL: none */
	struct expected_finding findings[4];
	const char *wanted[4]; /* "gpu SELECTOR" or "device SELECTOR" */
	/* Only the policies; timeout_s 0: the default. */
	struct config config;
};

static void check_findings(const struct config_case *test, const struct config *config)
{
	size_t n = 0;

	for (; n < ARRAY_SIZE(test->findings) && test->findings[n].text; n++) {
		const struct expected_finding *expected = &test->findings[n];
		const struct finding *finding = &config->findings.items[n];

		assert_true(n < config->findings.n);
		assert_int_equal(finding->code, has_prefix(expected->subject, CONFIG_PATH) ?
							FINDING_CONFIG_INVALID :
							FINDING_CMDLINE_INVALID);
		assert_int_equal(finding->severity, expected->severity);
		assert_string_equal(finding->subject, expected->subject);
		if (!strstr(finding->text, expected->text))
			fail_msg("'%s' is not in '%s'", expected->text, finding->text);
		assert_non_null(finding->remedy);
	}
	assert_int_equal(config->findings.n, n);
}

static void check_wanted(const struct config_case *test, const struct config *config)
{
	size_t n = 0;

	for (; n < ARRAY_SIZE(test->wanted) && test->wanted[n]; n++) {
		const struct wanted *wanted = &config->wanted[n];
		char text[256];

		assert_true(n < config->n_wanted);
		snprintf(text, sizeof(text), "%s %s",
			 wanted->kind == WANTED_GPU ? "gpu" : "device", wanted->text);
		assert_string_equal(text, test->wanted[n]);
	}
	assert_int_equal(config->n_wanted, n);
}

static void check_policies(const struct config *expected, const struct config *config)
{
	assert_int_equal(config->mode, expected->mode);
	assert_int_equal(config->on_failure, expected->on_failure);
	assert_int_equal(config->shared_group, expected->shared_group);
	assert_int_equal(config->interrupt_remapping, expected->interrupt_remapping);
	assert_int_equal(config->boot_display, expected->boot_display);
	assert_int_equal(config->attached_driver, expected->attached_driver);
	assert_int_equal(config->timeout_s,
			 expected->timeout_s ? expected->timeout_s : TIMEOUT_DEFAULT_S);
}

static void test_config(void **state)
{
	const struct config_case *test = *state;
	size_t size = test->size ? test->size : strlen(test->text ? test->text : "");
	CLEANUP(config_done) struct config config;

	config_init(&config);
	if (size) {
		/* A copy of exactly this size, so that ASan reports a read beyond. */
		_cleanup_free_ char *text = malloc(size);

		assert_non_null(text);
		memcpy(text, test->text, size);
		assert_int_equal(config_parse(&config, text, size), 0);
	}
	if (test->cmdline) {
		_cleanup_free_ char *cmdline = strdup(test->cmdline);

		assert_non_null(cmdline);
		assert_int_equal(config_parse_cmdline(&config, cmdline), 0);
	}
	check_findings(test, &config);
	check_wanted(test, &config);
	check_policies(&test->config, &config);
}

/* Settings of cards ------------------------------------------------------------------------ */

static const struct card_case {
	const char *name;
	const char *line;
	const char *value; /* the kernel's; NULL: the line is refused */
	enum card_setting_kind kind;
	bool has_selector;
} card_cases[] = {
	{ "a reset method", "reset-method = flr", "flr", CARD_RESET_METHOD },
	{ "several, in their order",
	  "reset-method = 01:00.0 id=10de:2206 device_specific,bus",
	  "device_specific bus", CARD_RESET_METHOD, true },
	{ "no method", "reset-method =", NULL },
	{ "methods with a blank between them", "reset-method = flr bus", NULL },
	{ "D3cold", "d3cold = off", "0", CARD_D3COLD },
	{ "D3cold of a path", "d3cold = path=0000:00:01.1/00.0 \t off", "0", CARD_D3COLD,
	  true },
	{ "D3cold on", "d3cold = on", NULL },
	{ "D3cold of no card", "d3cold = 01:00 off", NULL },
	{ "D3cold of a card and no more", "d3cold = 01:00.0", NULL },
	{ "the smallest size", "rebar = 1M", "0", CARD_REBAR },
	{ "256M", "rebar = 0000:01:00.0 256M", "8", CARD_REBAR, true },
	{ "512M", "rebar = 512M", "9", CARD_REBAR },
	{ "1G", "rebar = 1G", "10", CARD_REBAR },
	{ "16G", "rebar = 16G", "14", CARD_REBAR },
	{ "the largest size", "rebar = 128T", "27", CARD_REBAR },
	{ "more than that", "rebar = 256T", NULL },
	{ "no power of two", "rebar = 12G", NULL },
	{ "no unit", "rebar = 16", NULL },
	{ "another unit", "rebar = 16K", NULL },
	{ "a size written differently", "rebar = 16GiB", NULL },
	{ "zero", "rebar = 0M", NULL },
	{ "less than nothing", "rebar = -1G", NULL },
	{ "a blank before the unit", "rebar = 16 G", NULL },
	{ "an owner", "owner = 01:00.0 alice:kvm", "alice:kvm", CARD_OWNER, true },
	{ "an owner of all cards", "owner = alice:kvm", "alice:kvm", CARD_OWNER },
	{ "idle", "idle-d3 = off", " disable_idle_d3=1", CARD_IDLE_D3 },
	{ "idle on", "idle-d3 = on", NULL },
	{ "VGA", "disable-vga = on", " disable_vga=1", CARD_DISABLE_VGA },
	{ "VGA off", "disable-vga = off", NULL },
	{ "an option of one card", "idle-d3 = 01:00.0 off", NULL },
	{ "too long a value",
	  "reset-method = flr,flr,flr,flr,flr,flr,flr,flr,flr,flr,flr,flr,flr,flr,flr,flr,flr,flr,"
	  "flr,flr,flr",
	  NULL },
};

static void test_card_setting(void **state)
{
	const struct card_case *test = *state;
	CLEANUP(config_done) struct config config = config_from(test->line, NULL);

	if (!test->value) {
		assert_int_equal(config.n_card_settings, 0);
		assert_int_equal(config.findings.n, 1);
		assert_int_equal(config.findings.items[0].code, FINDING_CONFIG_INVALID);
		assert_int_equal(config.findings.items[0].severity, SEVERITY_ERROR);
		assert_string_equal(config.findings.items[0].subject, FILE_LINE(1));
		assert_non_null(
			strstr(config.findings.items[0].text, "vfio-claim.conf(5)") ?:
				strstr(config.findings.items[0].text, test->line));
		return;
	}
	assert_int_equal(config.findings.n, 0);
	assert_int_equal(config.n_card_settings, 1);
	assert_string_equal(config.card_settings[0].value, test->value);
	assert_string_equal(config.card_settings[0].text, test->line);
	assert_int_equal(config.card_settings[0].kind, test->kind);
	assert_int_equal(config.card_settings[0].has_selector, test->has_selector);
	assert_string_equal(config.vfio_options,
			    test->kind >= CARD_IDLE_D3 ? test->value : "");
}

/* Both options, however often they are written. */
static void test_vfio_options(void **state)
{
	CLEANUP(config_done)
	struct config config = config_from("idle-d3 = off\ndisable-vga = on\nidle-d3 = off\n"
					   "disable-vga = on\n",
					   NULL);

	(void)state;
	assert_string_equal(config.vfio_options, " disable_idle_d3=1 disable_vga=1");
}

#define BYTES(literal) .text = literal, .size = sizeof(literal) - 1

static const struct config_case files[] = {
	{ "empty file", BYTES("\n") },
	{ "comments and blank lines only",
	  BYTES("# a comment\n\n   \t\n  # another = one\n") },
	{
		"every key",
		BYTES("gpu = 0000:01:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:01.1/00.0\n"
		      "device = 0000:05:00.0 id=1b21:2142\n"
		      "on-failure = hold\nshared-group = claim-all\n"
		      "interrupt-remapping = warn\nboot-display = allow\n"
		      "attached-driver = unbind\ntimeout = 25\n"),
		.wanted = { "gpu 0000:01:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:01.1/00.0",
			    "device 0000:05:00.0 id=1b21:2142" },
		.config = { .on_failure = ON_FAILURE_HOLD,
			    .shared_group = SHARED_GROUP_CLAIM_ALL,
			    .interrupt_remapping = STRICT_WARN,
			    .boot_display = BOOT_DISPLAY_ALLOW,
			    .attached_driver = ATTACHED_UNBIND,
			    .timeout_s = 25 },
	},
	{
		"every key with its other words",
		BYTES("on-failure = release\nshared-group = gpu-only\n"
		      "interrupt-remapping = require\nboot-display = refuse\n"
		      "attached-driver = refuse\ntimeout = 300\n"),
		.config = { .shared_group = SHARED_GROUP_GPU_ONLY, .timeout_s = 300 },
	},
	{ "shared-group = refuse", BYTES("shared-group = refuse\n") },
	{ "timeout lower bound", BYTES("timeout = 1\n"), .config = { .timeout_s = 1 } },
	{ "no blanks around =", BYTES("gpu=01:00.0\n"), .wanted = { "gpu 01:00.0" } },
	{ "blanks and tabs all over", BYTES(" \t gpu\t = \t 01:00.0   id=10de:2206 \t\n"),
	  .wanted = { "gpu 01:00.0   id=10de:2206" } },
	{ "comment after a setting", BYTES("timeout = 7 # seconds\n"),
	  .config = { .timeout_s = 7 } },
	{ "no newline at the end", BYTES("timeout = 7\ngpu = 01:00.0"),
	  .wanted = { "gpu 01:00.0" }, .config = { .timeout_s = 7 } },
	{ "several gpu lines", BYTES("gpu = 01:00.0\ngpu = 02:00.0\ngpu = id=1002:744c\n"),
	  .wanted = { "gpu 01:00.0", "gpu 02:00.0", "gpu id=1002:744c" } },
	{
		"CRLF is passed over and said once",
		BYTES("gpu = 01:00.0\r\n\r\ntimeout = 5\r\n"),
		.findings = { { SEVERITY_INFO, FILE_LINE(1), "'gpu = 01:00.0\\x0d'" } },
		.wanted = { "gpu 01:00.0" },
		.config = { .timeout_s = 5 },
	},
	{
		"the number is that of the line",
		BYTES("# one\n\ntimeout = 5\nnonsense\ngpu = 01:00.0\n"),
		.findings = { { SEVERITY_ERROR, FILE_LINE(4), "no '=' in 'nonsense'" } },
		.wanted = { "gpu 01:00.0" },
		.config = { .timeout_s = 5 },
	},
	{
		"NUL byte",
		BYTES("timeout = 5\ngpu = 01:00.0\0 id=10de:2206\non-failure = hold\n"),
		.findings = { { SEVERITY_ERROR, FILE_LINE(2),
				"a NUL byte in 'gpu = 01:00.0\\x00 id=10de:2206'" } },
		.config = { .timeout_s = 5, .on_failure = ON_FAILURE_HOLD },
	},
	{
		"NUL byte in a comment",
		BYTES("# a\0b\n"),
		.findings = { { SEVERITY_ERROR, FILE_LINE(1), "'# a\\x00b'" } },
	},
	{
		"the same card twice",
		BYTES("gpu = 01:00.0 id=10de:2206\ngpu = id=10de:2206  0000:01:00.0\n"),
		.findings = { { SEVERITY_WARNING, FILE_LINE(2),
				"'gpu = id=10de:2206  0000:01:00.0'" } },
		.wanted = { "gpu 01:00.0 id=10de:2206" },
	},
	{
		"the same setting twice",
		BYTES("on-failure = hold\non-failure = hold\n"),
		.findings = { { SEVERITY_WARNING, FILE_LINE(2), "'on-failure = hold'" } },
		.config = { .on_failure = ON_FAILURE_HOLD },
	},
	{
		"two settings that contradict each other",
		BYTES("on-failure = release\non-failure = hold\n"),
		.findings = { { SEVERITY_ERROR, FILE_LINE(2),
				"'on-failure = hold' contradicts an earlier line" } },
	},
	{
		"a good line and a bad one of the same key",
		BYTES("timeout = 9\ntimeout = soon\n"),
		.findings = { { SEVERITY_ERROR, FILE_LINE(2), "'timeout = soon'" } },
		.config = { .timeout_s = 9 },
	},
	{
		"every bad line is reported",
		BYTES("gpu = x\nfoo = 1\ntimeout = 0\n"),
		.findings = { { SEVERITY_ERROR, FILE_LINE(1), "'gpu = x'" },
			      { SEVERITY_ERROR, FILE_LINE(2), "'foo = 1'" },
			      { SEVERITY_ERROR, FILE_LINE(3), "'timeout = 0'" } },
	},
};

/* Kernel parameters, with a file that names one card and one device. */
#define CONFIGURED BYTES("gpu = 01:00.0\ndevice = 05:00.0\n")
#define AS_CONFIGURED .wanted = { "gpu 01:00.0", "device 05:00.0" }
#define OFF .config = { .mode = MODE_OFF }

static const struct config_case cmdlines[] = {
	{ "no parameter of ours", CONFIGURED,
	  .cmdline = "quiet vfio-pci.ids=10de:2206 splash\n", AS_CONFIGURED },
	{ "empty", CONFIGURED, .cmdline = "", AS_CONFIGURED },
	{ "mode=off", CONFIGURED, .cmdline = "quiet vfio_claim.mode=off", AS_CONFIGURED,
	  OFF },
	{ "mode=check", CONFIGURED, .cmdline = "vfio_claim.mode=check quiet\n",
	  AS_CONFIGURED, .config = { .mode = MODE_CHECK } },
	{ "mode=claim", CONFIGURED, .cmdline = "vfio_claim.mode=claim", AS_CONFIGURED },
	{ "dash for underscore", CONFIGURED, .cmdline = "vfio-claim.on-failure=hold",
	  AS_CONFIGURED, .config = { .on_failure = ON_FAILURE_HOLD } },
	{ "on_failure and timeout beat the file", BYTES("on-failure = hold\ntimeout = 5\n"),
	  .cmdline = "vfio_claim.on_failure=release vfio_claim.timeout=300",
	  .config = { .timeout_s = 300 } },
	{ "gpu replaces the configured gpu lines, not the device lines", CONFIGURED,
	  .cmdline = "vfio_claim.gpu=02:00.0",
	  .wanted = { "device 05:00.0", "gpu 02:00.0" } },
	{ "two gpus with ; and words with ,", CONFIGURED,
	  .cmdline = "vfio_claim.gpu=02:00.0,id=10de:2206;03:00.0",
	  .wanted = { "device 05:00.0", "gpu 02:00.0,id=10de:2206", "gpu 03:00.0" } },
	{ "value in quotes", CONFIGURED,
	  .cmdline = "a vfio_claim.gpu=\"02:00.0 id=10de:2206; 03:00.0\" b",
	  .wanted = { "device 05:00.0", "gpu 02:00.0 id=10de:2206", "gpu 03:00.0" } },
	{ "parameter in quotes", CONFIGURED,
	  .cmdline = "\"vfio_claim.gpu=02:00.0 id=10de:2206\" vfio_claim.mode=check",
	  .wanted = { "device 05:00.0", "gpu 02:00.0 id=10de:2206" },
	  .config = { .mode = MODE_CHECK } },
	{ "two gpu parameters add", CONFIGURED,
	  .cmdline = "vfio_claim.gpu=02:00.0 vfio_claim.gpu=03:00.0",
	  .wanted = { "device 05:00.0", "gpu 02:00.0", "gpu 03:00.0" } },
	{ "quotes of another parameter hide ours", CONFIGURED,
	  .cmdline = "dyndbg=\"file x vfio_claim.mode=off\"", AS_CONFIGURED },
	{ "-- ends the kernel's parameters", CONFIGURED,
	  .cmdline = "quiet -- vfio_claim.mode=off vfio_claim.nonsense", AS_CONFIGURED },
	{ "a parameter that only begins like ours", CONFIGURED,
	  .cmdline = "vfio_claimant.mode=off vfio_claim vfio_claim=off xvfio_claim.mode=off",
	  AS_CONFIGURED },
	{ "bad mode", CONFIGURED, .cmdline = "vfio_claim.mode=of",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.mode", "'vfio_claim.mode=of'" } },
	  AS_CONFIGURED, OFF },
	{ "mode without value", CONFIGURED, .cmdline = "vfio_claim.mode",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.mode", "'vfio_claim.mode'" } },
	  AS_CONFIGURED, OFF },
	{ "modes that contradict each other", CONFIGURED,
	  .cmdline = "vfio_claim.mode=check vfio_claim.mode=claim",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.mode", "'vfio_claim.mode=claim'" } },
	  AS_CONFIGURED, OFF },
	{ "the same mode twice", CONFIGURED,
	  .cmdline = "vfio_claim.mode=check vfio_claim.mode=check",
	  .findings = { { SEVERITY_WARNING, "vfio_claim.mode", "'vfio_claim.mode=check'" } },
	  AS_CONFIGURED, .config = { .mode = MODE_CHECK } },
	{ "unknown parameter", CONFIGURED, .cmdline = "vfio_claim.moode=claim",
	  .findings = { { SEVERITY_ERROR, "kernel command line",
			  "unknown parameter 'moode' in 'vfio_claim.moode=claim'" } },
	  AS_CONFIGURED, OFF },
	{ "no parameter name at all", CONFIGURED, .cmdline = "vfio_claim.",
	  .findings = { { SEVERITY_ERROR, "kernel command line", "'vfio_claim.'" } },
	  AS_CONFIGURED, OFF },
	{ "a key of the file only", CONFIGURED,
	  .cmdline = "vfio_claim.attached_driver=unbind",
	  .findings = { { SEVERITY_ERROR, "kernel command line", "attached_driver" } },
	  AS_CONFIGURED, OFF },
	{ "bad on_failure", CONFIGURED, .cmdline = "vfio_claim.on_failure=retry",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.on_failure", "release or hold" } },
	  AS_CONFIGURED, OFF },
	{ "timeout 0", CONFIGURED, .cmdline = "vfio_claim.timeout=0",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.timeout", "1 to 300" } },
	  AS_CONFIGURED, OFF },
	{ "timeout 301", CONFIGURED, .cmdline = "vfio_claim.timeout=301",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.timeout", "'301'" } },
	  AS_CONFIGURED, OFF },
	{ "timeout 1", CONFIGURED, .cmdline = "vfio_claim.timeout=1", AS_CONFIGURED,
	  .config = { .timeout_s = 1 } },
	{ "what GRUB counts", CONFIGURED, .cmdline = "vfio_claim.trial=1/2 quiet",
	  AS_CONFIGURED },
	{ "off in a boot that GRUB counts", CONFIGURED,
	  .cmdline = "vfio_claim.trial=1/2 vfio_claim.mode=off", AS_CONFIGURED, OFF },
	/* The reason is the trial, and the mode that GRUB adds says no more. */
	{ "spent", CONFIGURED, .cmdline = "vfio_claim.mode=off vfio_claim.trial=spent/2",
	  AS_CONFIGURED },
	{ "spent, and the mode is check", CONFIGURED,
	  .cmdline = "vfio_claim.trial=spent/2 vfio_claim.mode=check", AS_CONFIGURED,
	  .config = { .mode = MODE_CHECK } },
	{ "bad trial", CONFIGURED, .cmdline = "vfio_claim.trial=3/2",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.trial", "ATTEMPT/LIMIT" } },
	  AS_CONFIGURED, OFF },
	{ "bad trial behind a spent one", CONFIGURED,
	  .cmdline = "vfio_claim.trial=spent/2 vfio_claim.trial=1/2",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.trial", "contradicts" } },
	  AS_CONFIGURED, OFF },
	{ "the same trial twice", CONFIGURED,
	  .cmdline = "vfio_claim.trial=1/2 vfio_claim.trial=1/2",
	  .findings = { { SEVERITY_WARNING, "vfio_claim.trial", "'vfio_claim.trial=1/2'" } },
	  AS_CONFIGURED },
	{ "a trial without value", CONFIGURED, .cmdline = "vfio_claim.trial",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.trial", "bad value ''" } },
	  AS_CONFIGURED, OFF },
	{ "bad gpu", CONFIGURED, .cmdline = "vfio_claim.gpu=02:00.0;GPU0",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.gpu",
			  "'vfio_claim.gpu=02:00.0;GPU0'" } },
	  .wanted = { "device 05:00.0", "gpu 02:00.0" }, OFF },
	{ "empty gpu", CONFIGURED, .cmdline = "vfio_claim.gpu=",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.gpu", "no selector" } },
	  .wanted = { "device 05:00.0" }, OFF },
	{ "a quote that never ends", CONFIGURED, .cmdline = "vfio_claim.gpu=\"02:00.0 quiet",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.gpu", "quiet'" } },
	  .wanted = { "device 05:00.0" }, OFF },
	{ "control bytes", CONFIGURED, .cmdline = "vfio_claim.mode=\x1b[2J\x01",
	  .findings = { { SEVERITY_ERROR, "vfio_claim.mode", "\\x1b[2J\\x01'" } },
	  AS_CONFIGURED, OFF },
};

/* One bad line each: it has no effect, and the finding quotes it. */
struct bad_line {
	const char *name; /* the line */
	const char *why;
};

static const struct bad_line bad_lines[] = {
	{ "gpu", "no '='" },
	{ "gpu =", "no address, id= or path=" },
	{ "= 01:00.0", "unknown key ''" },
	{ "GPU = 01:00.0", "unknown key 'GPU'" },
	{ "gpus = 01:00.0", "unknown key 'gpus'" },
	{ "mode = off", "unknown key 'mode'" },
	{ "on_failure = hold", "unknown key 'on_failure'" },
	{ "[section]", "no '='" },
	{ "gpu = 01:00", "not a PCI address" },
	{ "gpu = 01:00.8", "not a PCI address" },
	{ "gpu = 01:20.0", "not a PCI address" },
	{ "gpu = 101:00.0", "not a PCI address" },
	{ "gpu = 123456789:01:00.0", "not a PCI address" },
	{ "gpu = 0000:01:00.0x", "not a PCI address" },
	{ "gpu = 0000:01:00,0", "not a PCI address" },
	{ "gpu = -1:00.0", "not a PCI address" },
	{ "gpu = 01:00.0 02:00.0", "two addresses" },
	{ "gpu = id=10de", "id= needs" },
	{ "gpu = id=10de:22061", "id= needs" },
	{ "gpu = id=10dg:2206", "id= needs" },
	{ "gpu = id=0x10de:0x2206", "id= needs" },
	{ "gpu = id=10de:*", "id= needs" },
	{ "gpu = id= 10de:2206", "id= needs" },
	{ "gpu = id=10de:2206 id=10de:2206", "id= given twice" },
	{ "gpu = subsystem=1458:403b", "subsystem= alone" },
	{ "gpu = 01:00.0 serial=48b02dffff654321", "serial= without id=" },
	{ "gpu = id=10de:2206 serial=48b02dffff65432", "serial= needs" },
	{ "gpu = id=10de:2206 serial=48b02dffff6543210", "serial= needs" },
	{ "gpu = id=10de:2206 serial=48-b0-2d-ff-ff-65-43-2g", "serial= needs" },
	{ "gpu = id=10de:2206 serial=48b02dffff654321 serial=48b02dffff654321",
	  "serial= given twice" },
	{ "gpu = 01:00.0 subsystem=1458", "subsystem= needs" },
	{ "gpu = 01:00.0 subsystem=1458:403b subsystem=1458:403b",
	  "subsystem= given twice" },
	{ "gpu = path=", "path= needs" },
	{ "gpu = path=00.0", "path= needs" },
	{ "gpu = path=0000:00:01.1/", "path= needs" },
	{ "gpu = path=0000:00:01.1//00.0", "path= needs" },
	{ "gpu = path=0000:00:01.1/01:00.0", "path= needs" },
	{ "gpu = path=0000:00:01.1 path=0000:00:01.1", "path= given twice" },
	{ "gpu = 01:00.0 name=geforce", "unknown word" },
	{ "gpu = 01:00.0 ID=10de:2206", "unknown word" },
	{ "device = usb", "not a PCI address" },
	{ "on-failure =", "bad value ''" },
	{ "on-failure = Hold", "bad value 'Hold' (known: release or hold)" },
	{ "shared-group = claim all", "refuse, claim-all or gpu-only" },
	{ "interrupt-remapping = off", "require or warn" },
	{ "boot-display = yes", "refuse or allow" },
	{ "attached-driver = claim", "refuse or unbind" },
	{ "timeout =", "1 to 300" },
	{ "timeout = 0", "1 to 300" },
	{ "timeout = 301", "1 to 300" },
	{ "timeout = 4294967297", "1 to 300" },
	{ "timeout = -1", "1 to 300" },
	{ "timeout = +5", "1 to 300" },
	{ "timeout = 5s", "1 to 300" },
	{ "timeout = 1.5", "1 to 300" },
	{ "timeout = 5 = 5", "1 to 300" },
};

static void test_bad_line(void **state)
{
	const struct bad_line *line = *state;
	struct config_case test = { .name = line->name, .text = line->name };
	char quoted[256];

	snprintf(quoted, sizeof(quoted), " in '%s'", line->name);
	test.findings[0] =
		(struct expected_finding){ SEVERITY_ERROR, FILE_LINE(1), quoted };
	test_config((void **)&(struct config_case *){ &test });
	test.findings[0].text = line->why;
	test_config((void **)&(struct config_case *){ &test });
}

/* Random bytes, the same in every run. */
static char *make_noise(size_t size)
{
	char *noise = malloc(size + 1);
	uint32_t random = 1;

	assert_non_null(noise);
	for (size_t i = 0; i < size; i++) {
		random = random * 1664525 + 1013904223;
		noise[i] = random >> 24;
	}
	noise[size] = '\0';
	return noise;
}

static void test_noise_too_large(void **state)
{
	_cleanup_free_ char *noise = make_noise(1 << 20);
	CLEANUP(config_done) struct config config;

	(void)state;
	config_init(&config);
	assert_int_equal(config_parse(&config, noise, 1 << 20), 0);
	assert_int_equal(config.findings.n, 1);
	assert_int_equal(config.findings.items[0].code, FINDING_CONFIG_INVALID);
	assert_int_equal(config.findings.items[0].severity, SEVERITY_ERROR);
	assert_string_equal(config.findings.items[0].subject, CONFIG_PATH);
	assert_int_equal(config.n_wanted, 0);
}

/* A file of the largest size: findings up to the limit, the rest counted. */
static void test_noise(void **state)
{
	_cleanup_free_ char *noise = make_noise(CONFIG_SIZE_MAX);
	CLEANUP(config_done) struct config config;

	(void)state;
	config_init(&config);
	assert_int_equal(config_parse(&config, noise, CONFIG_SIZE_MAX), 0);
	assert_int_equal(config.findings.n, FINDINGS_MAX);
	assert_true(config.findings.dropped_errors > 0);
	assert_int_equal(config.n_wanted, 0);
	for (size_t i = 0; i < config.findings.n; i++) {
		const struct finding *finding = &config.findings.items[i];

		assert_true(has_prefix(finding->subject, CONFIG_PATH ":"));
		assert_int_equal(finding->code, FINDING_CONFIG_INVALID);
		for (const char *c = finding->text; *c; c++)
			assert_true(*c >= 0x20 && *c < 0x7f);
	}
}

static void test_noise_on_cmdline(void **state)
{
	_cleanup_free_ char *noise = make_noise(1 << 20);
	CLEANUP(config_done) struct config config;

	(void)state;
	config_init(&config);
	for (size_t i = 0; i < 1 << 20; i++)
		noise[i] = noise[i] ? noise[i] : ' ';
	memcpy(noise, "vfio_claim.gpu=", strlen("vfio_claim.gpu="));
	assert_int_equal(config_parse_cmdline(&config, noise), 0);
	assert_true(findings_have(&config.findings, FINDING_CMDLINE_INVALID));
	assert_int_equal(config.mode, MODE_OFF);
}

/* A line of the largest size is read whole and cut in the message only. */
static void test_long_line(void **state)
{
	static char text[8192];
	CLEANUP(config_done) struct config config;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "gpu = ", 6);
	config_init(&config);
	assert_int_equal(config_parse(&config, text, sizeof(text)), 0);
	assert_int_equal(config.findings.n, 1);
	assert_non_null(
		strstr(config.findings.items[0].text, "too long a word in 'gpu = aaa"));
	assert_non_null(strstr(config.findings.items[0].text, "..."));
	assert_true(strlen(config.findings.items[0].text) < 1024);
}

static void test_selector(void **state)
{
	static const char text[] = "10000:e1:00.0 id=10DE:2206,subsystem=1458:403b "
				   "path=10000:e0:06.0/00.0";
	struct identity identity;
	char address[PCI_ADDRESS_SIZE], path[PCI_PATH_SIZE];

	(void)state;
	assert_null(identity_parse(text, strlen(text), &identity));
	assert_true(identity.has_address && identity.has_id && identity.has_subsystem &&
		    identity.has_path);
	assert_string_equal(bdf_format(&identity.address, address), "10000:e1:00.0");
	assert_int_equal(identity.id.vendor, 0x10de);
	assert_int_equal(identity.id.device, 0x2206);
	assert_int_equal(identity.subsystem.vendor, 0x1458);
	assert_int_equal(identity.subsystem.device, 0x403b);
	assert_string_equal(pci_path_format(&identity.path, path), "10000:e0:06.0/00.0");
}

/* Findings name the line's place, so that the plan's findings can too. */
static void test_origin(void **state)
{
	CLEANUP(config_done)
	struct config config =
		config_from("\ndevice = 05:00.0\n", "vfio_claim.gpu=01:00.0");

	(void)state;
	assert_int_equal(config.n_wanted, 2);
	assert_string_equal(config.wanted[0].origin, FILE_LINE(2));
	assert_string_equal(config.wanted[1].origin, "vfio_claim.gpu");
}

static void check_trial(const char *text, unsigned limit, const char *complaint)
{
	struct config config = config_from(text, NULL);

	assert_int_equal(config.trial_limit, limit);
	assert_int_equal(findings_have_error(&config.findings), complaint != NULL);
	if (complaint) {
		assert_string_equal(config.findings.items[0].subject, FILE_LINE(1));
		assert_non_null(strstr(config.findings.items[0].text, complaint));
	}
	config_done(&config);
}

static void test_trial(void **state)
{
	static const char *const bad[] = { "0", "10", "-1", "1.", "on", "OFF", "", "of" };
	char text[64];

	(void)state;
	check_trial("", TRIAL_LIMIT_DEFAULT, NULL);
	check_trial("trial = off\n", 0, NULL);
	for (unsigned limit = 1; limit <= 9; limit++) {
		snprintf(text, sizeof(text), "trial = %u\n", limit);
		check_trial(text, limit, NULL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), "trial = %s\n", bad[i]);
		check_trial(text, TRIAL_LIMIT_DEFAULT, "unfinished boots from 1 to 9");
	}
	check_trial("trial = off\ntrial = off\n", 0, NULL);
}

/* What an option of `setup` may say is what the file may say. */
static void test_value(void **state)
{
	static const struct {
		const char *key, *value, *wrong;
	} values[] = {
		{ "trial", "off", NULL },
		{ "trial", "9", NULL },
		{ "trial", "0", "off or a number of unfinished boots from 1 to 9" },
		{ "timeout", "300", NULL },
		{ "timeout", "", "a number of seconds from 1 to 300" },
		{ "shared-group", "gpu-only", NULL },
		{ "shared-group", "gpu-onl", "refuse, claim-all or gpu-only" },
		{ "on-failure", "hold ", "release or hold" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const char *wrong = config_find_wrong(values[i].key, values[i].value);

		assert_true(is_string_equal(wrong, values[i].wrong));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise_too_large),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_noise_on_cmdline),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_selector),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_trial),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_vfio_options),
	};

	return RUN_TABLE(files, test_config) + RUN_TABLE(bad_lines, test_bad_line) +
	       RUN_TABLE(cmdlines, test_config) + RUN_TABLE(card_cases, test_card_setting) +
	       cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
