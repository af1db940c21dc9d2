// SPDX-License-Identifier: GPL-2.0-or-later
/* What is above, around and in the kernel is read from its files; what is not there stays unknown. */
#include "unit.h"

#include "host/machine.h"
#include "tree.h"

struct machine_case {
	const char *name; /* the tree */
	enum hypervisor hypervisor;
	bool is_xen_dom0;
	enum fact virtualization;
};

#define CPU(flags)                                                                          \
	"proc/cpuinfo = processor\t: 0\\nvendor_id\t: GenuineIntel\\nflags\t\t: fpu " flags \
	" sse\n"
#define DMI(file, text) "sys/class/dmi/id/" file " = " text "\n"

static const struct machine_case machines[] = {
	{ "proc /\n", HYPERVISOR_NONE, false, FACT_UNREADABLE },
	{ CPU("vmx"), HYPERVISOR_NONE, false, FACT_KNOWN },
	{ CPU("svm"), HYPERVISOR_NONE, false, FACT_KNOWN },
	{ CPU("vmx_like"), HYPERVISOR_NONE, false, FACT_ABSENT },
	{ CPU("hypervisor"), HYPERVISOR_OTHER },
	{ CPU("hypervisor") DMI("sys_vendor", "QEMU"), HYPERVISOR_QEMU },
	{ DMI("sys_vendor", "QEMU"), HYPERVISOR_QEMU },
	{ CPU("hypervisor vmx") DMI("product_name", "Standard PC (Q35 + ICH9, 2009)"),
	  HYPERVISOR_QEMU, false, FACT_KNOWN },
	{ DMI("sys_vendor", "VMware, Inc."), HYPERVISOR_VMWARE },
	{ DMI("sys_vendor", "innotek GmbH") DMI("product_name", "VirtualBox"),
	  HYPERVISOR_VIRTUALBOX },
	{ DMI("sys_vendor", "Microsoft Corporation") DMI("product_name", "Virtual Machine"),
	  HYPERVISOR_HYPERV },
	{ DMI("sys_vendor", "Microsoft Corporation") DMI("product_name", "Surface Book 3") },
	/* A metal instance of a cloud is no virtual machine. */
	{ CPU("vmx") DMI("sys_vendor", "Amazon EC2"), HYPERVISOR_NONE, false, FACT_KNOWN },
	{ CPU("hypervisor") DMI("sys_vendor", "Amazon EC2"), HYPERVISOR_OTHER },
	{ CPU("hypervisor") "sys/hypervisor/type = xen\n", HYPERVISOR_XEN },
	{ CPU("hypervisor") "sys/hypervisor/type = xen\nproc/xen/capabilities = control_d\n",
	  HYPERVISOR_NONE, true },
	{ CPU("hypervisor") "sys/hypervisor/type = xen\nproc/xen/capabilities = none\n",
	  HYPERVISOR_XEN },
};

static void read_tree(const char *text, struct snapshot *snapshot)
{
	struct tree tree;

	snapshot->kernel = strdup("6.1.0");
	tree_make(&tree, text);
	assert_int_equal(machine_read(&tree.root, snapshot), 0);
	tree_remove(&tree);
}

static void test_machine(void **state)
{
	const struct machine_case *test = *state;
	CLEANUP(snapshot_done) struct snapshot snapshot = {};

	read_tree(test->name, &snapshot);
	assert_int_equal(snapshot.platform.hypervisor, test->hypervisor);
	assert_int_equal(snapshot.platform.is_xen_dom0, test->is_xen_dom0);
	if (strstr(test->name, "cpuinfo"))
		assert_int_equal(snapshot.platform.virtualization_fact,
				 test->virtualization);
}

static void test_words(void **state)
{
	CLEANUP(snapshot_done) struct snapshot snapshot = {};
	const struct platform *platform = &snapshot.platform;

	(void)state;
	read_tree(CPU("vmx")
			  DMI("board_vendor",
			      "ASRock") "proc/cmdline = quiet iommu=pt\n"
					"proc/device-tree/model = @hex:5069203500\n"
					"etc/os-release = NAME=\"Fedora Linux\"\\nID=\"fedora\"\\nVERSION_ID=41\n"
					"lib/modules/6.1.0/config = CONFIG_X86=y\\nCONFIG_INTEL_IOMMU=y\\n# CONFIG_AMD_IOMMU "
					"is not set\\nCONFIG_Y=m\n"
					"sys/module/kvm_intel /\ndev/kvm = x\n",
		  &snapshot);
	assert_string_equal(platform->cpu_vendor, "GenuineIntel");
	assert_string_equal(platform->board_vendor, "ASRock");
	assert_string_equal(platform->cmdline, "quiet iommu=pt\n");
	assert_string_equal(platform->tree_model, "Pi 5");
	assert_string_equal(platform->distribution, "fedora");
	assert_string_equal(platform->kernel_config,
			    "CONFIG_INTEL_IOMMU=y\n# CONFIG_AMD_IOMMU is not set\n");
	assert_true(platform->is_kvm_loaded);
	assert_int_equal(platform->kvm_fact, FACT_KNOWN);
}

static void test_kvm(void **state)
{
	CLEANUP(snapshot_done) struct snapshot absent = {}, unknown = {};

	(void)state;
	read_tree("dev /\n", &absent);
	assert_int_equal(absent.platform.kvm_fact, FACT_ABSENT);
	read_tree("proc /\n", &unknown);
	assert_int_equal(unknown.platform.kvm_fact, FACT_UNREADABLE);
}

/* The reduced text never outgrows the text, whatever that is. */
static void test_reduce(void **state)
{
	static const char *const texts[] = {
		"",
		"flags vmx",
		"vendor_id",
		"CONFIG_INTEL_IOMMU=y",
		"vendor_id\nflags svm",
		"vendor_id\t: x\nflags\t: fpu hypervisor vmx svm\n"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_free_ char *text = strdup(texts[i]), *again = NULL;
		size_t size = machine_reduce_cpu(text, strlen(text));

		assert_true(size <= strlen(texts[i]));
		assert_int_equal(size, strlen(text));
		again = strdup(texts[i]);
		assert_true(machine_reduce_config(again) <= strlen(texts[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_kvm),
		cmocka_unit_test(test_reduce),
	};

	return RUN_TABLE(machines, test_machine) +
	       cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
