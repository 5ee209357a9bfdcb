// SPDX-License-Identifier: GPL-2.0
/* The library's checks of what a device describes and maps: any answer, any pages, any image. */
#include "fuzz.h"

#include "check.h"

#define PAGE	4096

/* The input: these, then the image. */
struct device {
	struct fastvdso_info		info;
	struct fastvdso_ns_page		ns;
	struct fastvdso_time_page	time, steered;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct map_request request = { .fd = -1 }, installed;
	static struct device device;
	uint8_t *image;

	take_structure(&data, &size, &device.info, ROOM_INFO);
	take_structure(&data, &size, &device.ns, ROOM_NS_PAGE);
	take_structure(&data, &size, &device.time, ROOM_TIME_PAGE);
	take_structure(&data, &size, &device.steered, ROOM_TIME_PAGE);
	request.mapping.info = device.info;
	request.mapping.ns = &device.ns;
	request.mapping.time = &device.time;
	request.mapping.steered = &device.steered;
	if (fastvdso_check_info(&request, PAGE) || fastvdso_check_pages(&request)) {
		require(request.reason != FASTVDSO_REASON_NONE);
		return 0;
	}
	require(device.info.data_pages <= DATA_PAGES_MAX && device.info.code_pages <= CODE_PAGES_MAX);
	require(device.info.image_size <= device.info.code_pages * PAGE);
	installed = request;
	image = malloc(size ? size : 1);
	memcpy(image, data, size);
	/* The device would map image_size bytes. */
	if (device.info.image_size <= size && fastvdso_check_image(&request, image))
		require(request.reason == FASTVDSO_REASON_BAD_IMAGE);
	if (size && !fastvdso_check_installed_image(&installed, image, size))
		require(installed.mapping.info.data_pages <= device.info.data_pages);
	free(image);
	return 0;
}
