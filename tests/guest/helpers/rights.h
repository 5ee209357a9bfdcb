/* SPDX-License-Identifier: GPL-2.0 */
/* Pass a descriptor by SCM_RIGHTS. */
#ifndef FASTVDSO_RIGHTS_H
#define FASTVDSO_RIGHTS_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union rights {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static inline int send_descriptor(int socket, int fd)
{
	union rights control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec vec = { "x", 1 };
	struct msghdr message = { .msg_iov = &vec, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -errno;
}

static inline int receive_descriptor(int socket)
{
	union rights control;
	char byte;
	struct iovec vec = { &byte, 1 };
	struct msghdr message = { .msg_iov = &vec, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(socket, &message, 0) == 1 && message.msg_controllen)
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

#endif
