// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of pci.ids become those under which people know a device. */
#include "unit.h"

#include "model/device-name.h"

static const struct {
	const char *vendor, *model, *name;
} names[] = {
	{ "NVIDIA Corporation", "GA102 [GeForce RTX 3080]", "NVIDIA GeForce RTX 3080" },
	{ "NVIDIA Corporation", "GA102 High Definition Audio Controller",
	  "NVIDIA GA102 High Definition Audio Controller" },
	{ "NVIDIA Corporation", NULL, "NVIDIA device 2206" },
	{ "Advanced Micro Devices, Inc. [AMD/ATI]", "Navi 22 [Radeon RX 6700 XT]",
	  "AMD Radeon RX 6700 XT" },
	{ "Advanced Micro Devices, Inc. [AMD]",
	  "Matisse [Starship/Matisse] USB 3.0 Host Controller",
	  "AMD Matisse [Starship/Matisse] USB 3.0 Host Controller" },
	{ "Advanced Micro Devices, Inc. [AMD/ATI]", "Baffin HDMI/DP Audio [Radeon RX 560]",
	  "AMD Baffin HDMI/DP Audio [Radeon RX 560]" },
	{ "Intel Corporation", "DG2 [Arc A770]", "Intel Arc A770" },
	{ "Intel Corporation", "82599ES 10-Gigabit SFI/SFP+ Network Connection",
	  "Intel 82599ES 10-Gigabit SFI/SFP+ Network Connection" },
	{ "Samsung Electronics Co Ltd", "NVMe SSD Controller SM981/PM981/PM983",
	  "Samsung NVMe SSD Controller SM981/PM981/PM983" },
	{ "Realtek Semiconductor Co., Ltd.", "RTL8125 2.5GbE Controller",
	  "Realtek RTL8125 2.5GbE Controller" },
	{ "ASPEED Technology, Inc.", "ASPEED Graphics Family", "ASPEED Graphics Family" },
	{ "Red Hat, Inc.", "Virtio 1.0 GPU", "Red Hat Virtio 1.0 GPU" },
	{ "Broadcom / LSI", "SAS3008", "Broadcom SAS3008" },
	{ "Systems", "Thing []", "Systems Thing []" },
	{ NULL, NULL, "" },
	{ "", "x", "" },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct device_name name;
		char buffer[DEVICE_NAME_SIZE];

		device_name_set(&name, names[i].vendor, names[i].model, 0x2206);
		assert_string_equal(device_name_format(&name, buffer), names[i].name);
	}
}

/* Every length of both names fits. */
static void test_long_names(void **state)
{
	char text[300], buffer[DEVICE_NAME_SIZE];
	struct device_name name;

	(void)state;
	for (size_t size = 1; size < sizeof(text); size++) {
		memset(text, 'x', size);
		text[size] = '\0';
		device_name_set(&name, text, text, 0);
		assert_true(strlen(device_name_format(&name, buffer)) < DEVICE_NAME_SIZE);
	}
}

static void test_classes(void **state)
{
	(void)state;
	assert_string_equal(class_words(0x030000), "display");
	assert_string_equal(class_words(0x030200), "3D accelerator");
	assert_string_equal(class_words(0x040300), "audio");
	assert_string_equal(class_words(0x0c0330), "USB controller");
	assert_string_equal(class_words(0x010802), "NVMe drive");
	assert_string_equal(class_words(0x0604ff), "PCI bridge");
	assert_string_equal(class_words(0xff0000), "other");
	for (uint32_t class = 0; class < 0x1000000; class += 0x80)
		assert_true(*class_words(class));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
