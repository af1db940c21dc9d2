// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VFIO's answer is understood, whichever call gives it, and every descriptor is closed.
 */
#include "unit.h"
#include "host/vfio.h"

#include <linux/vfio.h>
#include <stdio.h>

/* A kernel that answers as the table's row says, and counts open descriptors. */
struct kernel {
	const char *name;
	int group_error, container_error, iommufd_error; /* of open */
	int status_error;
	bool is_not_viable;
	bool is_another_api;
	int set_container_error;
	bool has_no_type1v2, has_no_type1;
	int set_iommu_error;
	struct vfio_reply expected;
	unsigned long type; /* that was set; 0: none was */
};

struct fake_kernel {
	const struct kernel *kernel;
	bool is_open[3]; /* group, container, iommufd */
	bool is_in_container, was_device_opened;
	unsigned long type;
};

enum { GROUP = 40, CONTAINER, IOMMUFD };

static int fake_open(void *data, const char *path)
{
	struct fake_kernel *fake = data;
	const struct kernel *kernel = fake->kernel;
	int fd, error;

	if (streq(path, "/dev/vfio/12")) {
		fd = GROUP;
		error = kernel->group_error;
	} else if (streq(path, "/dev/vfio/vfio")) {
		fd = CONTAINER;
		error = kernel->container_error;
	} else {
		assert_string_equal(path, "/dev/iommu");
		fd = IOMMUFD;
		error = kernel->iommufd_error;
	}
	if (error)
		return -error;
	assert_false(fake->is_open[fd - GROUP]);
	fake->is_open[fd - GROUP] = true;
	return fd;
}

static int fake_set_container(struct fake_kernel *fake, const int *fd)
{
	assert_true(*fd == CONTAINER || *fd == IOMMUFD);
	assert_true(fake->is_open[*fd - GROUP]);
	if (fake->kernel->set_container_error)
		return -fake->kernel->set_container_error;
	fake->is_in_container = true;
	return 0;
}

static int fake_set_iommu(struct fake_kernel *fake, unsigned long type)
{
	/* The kernel needs a group in the container first. */
	assert_true(fake->is_in_container);
	if (fake->kernel->set_iommu_error)
		return -fake->kernel->set_iommu_error;
	fake->type = type;
	return 0;
}

static int fake_control(void *data, int fd, unsigned long request, void *argument)
{
	struct fake_kernel *fake = data;
	const struct kernel *kernel = fake->kernel;
	unsigned long number = (uintptr_t)argument;
	struct vfio_group_status *status;

	assert_true(fake->is_open[fd - GROUP]);
	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		status = argument;
		assert_int_equal(status->argsz, sizeof(*status));
		status->flags = kernel->is_not_viable ? 0 : VFIO_GROUP_FLAGS_VIABLE;
		return -kernel->status_error;
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION + kernel->is_another_api;
	case VFIO_CHECK_EXTENSION:
		return number == VFIO_TYPE1v2_IOMMU ? !kernel->has_no_type1v2 :
						      !kernel->has_no_type1;
	case VFIO_GROUP_SET_CONTAINER:
		return fake_set_container(fake, argument);
	case VFIO_SET_IOMMU:
		return fake_set_iommu(fake, number);
	case VFIO_GROUP_UNSET_CONTAINER:
		fake->is_in_container = false;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		fake->was_device_opened = true;
		return 0;
	}
	fail_msg("request %lx", request);
	return -ENOTTY;
}

static void fake_close(void *data, int fd)
{
	struct fake_kernel *fake = data;

	assert_true(fake->is_open[fd - GROUP]);
	fake->is_open[fd - GROUP] = false;
}

static const struct kernel kernels[] = {
	{ "accepted", .expected = { VFIO_ACCEPTED, VFIO_CONTAINER, 0 },
	  .type = VFIO_TYPE1v2_IOMMU },
	{ "accepted by an old kernel", .has_no_type1v2 = true,
	  .expected = { VFIO_ACCEPTED, VFIO_CONTAINER, 0 }, .type = VFIO_TYPE1_IOMMU },
	{ "a VM has it", .group_error = EBUSY,
	  .expected = { VFIO_IN_USE, VFIO_CONTAINER, EBUSY } },
	{ "taken meanwhile", .set_container_error = EBUSY,
	  .expected = { VFIO_IN_USE, VFIO_CONTAINER, EBUSY } },
	{ "not root", .group_error = EACCES,
	  .expected = { VFIO_UNKNOWN, VFIO_CONTAINER, EACCES } },
	{ "not viable", .is_not_viable = true,
	  .expected = { VFIO_NOT_VIABLE, VFIO_CONTAINER, 0 } },
	{ "no status", .status_error = EIO,
	  .expected = { VFIO_UNKNOWN, VFIO_CONTAINER, EIO } },
	{ "not isolated", .set_container_error = EPERM,
	  .expected = { VFIO_REFUSED, VFIO_CONTAINER, EPERM } },
	{ "no interrupt remapping", .set_iommu_error = EPERM,
	  .expected = { VFIO_REFUSED, VFIO_CONTAINER, EPERM } },
	{ "a reserved region", .set_iommu_error = EINVAL,
	  .expected = { VFIO_REFUSED, VFIO_CONTAINER, EINVAL } },
	{ "vfio_iommu_type1 is not loaded", .has_no_type1v2 = true, .has_no_type1 = true,
	  .expected = { VFIO_REFUSED, VFIO_CONTAINER, ENODEV } },
	{ "another interface", .is_another_api = true,
	  .expected = { VFIO_UNKNOWN, VFIO_CONTAINER, 0 } },
	{ "the container may not be opened", .container_error = EACCES,
	  .expected = { VFIO_UNKNOWN, VFIO_CONTAINER, EACCES } },
	{ "iommufd in place of containers", .container_error = ENOENT,
	  .expected = { VFIO_UNKNOWN, VFIO_IOMMUFD, 0 } },
	{ "iommufd, refused", .container_error = ENOENT, .set_container_error = EPERM,
	  .expected = { VFIO_REFUSED, VFIO_IOMMUFD, EPERM } },
	{ "iommufd, taken", .container_error = ENODEV, .set_container_error = EBUSY,
	  .expected = { VFIO_IN_USE, VFIO_IOMMUFD, EBUSY } },
	{ "iommufd, not viable", .container_error = ENOENT, .is_not_viable = true,
	  .expected = { VFIO_NOT_VIABLE, VFIO_CONTAINER, 0 } },
	{ "neither", .container_error = ENOENT, .iommufd_error = ENOENT,
	  .expected = { VFIO_UNKNOWN, VFIO_NO_INTERFACE, ENOENT } },
	{ "only nodes of devices", .group_error = ENOENT,
	  .expected = { VFIO_UNKNOWN, VFIO_IOMMUFD, ENOENT } },
	{ "nothing of VFIO's", .group_error = ENOENT, .iommufd_error = ENOENT,
	  .expected = { VFIO_UNKNOWN, VFIO_NO_INTERFACE, ENOENT } },
};

static void test_ask(void **state)
{
	const struct kernel *kernel = *state;
	struct fake_kernel fake = { .kernel = kernel };
	struct vfio_ops ops = { fake_open, fake_control, fake_close, &fake };
	struct vfio_reply reply = vfio_ask(12, &ops);

	assert_string_equal(vfio_answer_name(reply.answer),
			    vfio_answer_name(kernel->expected.answer));
	assert_int_equal(reply.interface, kernel->expected.interface);
	assert_int_equal(reply.error, kernel->expected.error);
	assert_int_equal(fake.type, kernel->type);
	assert_false(fake.is_in_container);
	assert_false(fake.was_device_opened);
	for (size_t i = 0; i < ARRAY_SIZE(fake.is_open); i++)
		assert_false(fake.is_open[i]);
}

static void test_sysroot(void **state)
{
	struct root root = { .fd = -1 };
	struct vfio_ops ops = vfio_live_ops(&root);

	(void)state;
	assert_int_equal(vfio_ask(12, &ops).answer, VFIO_UNKNOWN);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_sysroot) };

	return RUN_TABLE(kernels, test_ask) +
		       cmocka_run_group_tests_name("vfio", tests, NULL, NULL) >
	       0;
}
