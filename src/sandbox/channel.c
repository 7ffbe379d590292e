/* See the header. */
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Since Linux 5.1; headers that are older do not name it. */
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

bool message_send(int fd, const struct message *message)
{
	ssize_t n;
	do
		n = send(fd, message, sizeof *message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof *message;
}

union file_list {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(CHANNEL_FDS * sizeof(int))];
};

bool message_send_files(int fd, const struct message *message, const int files[CHANNEL_FDS])
{
	union file_list list = { .bytes = { 0 } };
	struct message copy = *message;
	struct iovec part = { &copy, sizeof copy };
	struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = list.bytes, .msg_controllen = sizeof list.bytes };
	list.header.cmsg_level = SOL_SOCKET;
	list.header.cmsg_type = SCM_RIGHTS;
	list.header.cmsg_len = CMSG_LEN(CHANNEL_FDS * sizeof(int));
	memcpy(CMSG_DATA(&list.header), files, CHANNEL_FDS * sizeof(int));
	ssize_t n;
	do
		n = sendmsg(fd, &packet, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof copy;
}

/* Not recvmsg(): a worker that sends files along sends them nowhere. */
bool message_receive(int fd, struct message *out)
{
	struct message message;
	ssize_t n;
	do
		n = recv(fd, &message, sizeof message, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof message)
		return false;
	message.text[MESSAGE_TEXT - 1] = '\0';
	*out = message;
	return true;
}

bool message_receive_files(int fd, struct message *out, int files[CHANNEL_FDS])
{
	union file_list list = { .bytes = { 0 } };
	struct iovec part = { out, sizeof *out };
	struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = list.bytes, .msg_controllen = sizeof list.bytes };
	ssize_t n;
	do
		n = recvmsg(fd, &packet, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	for (size_t i = 0; i < CHANNEL_FDS; i++)
		files[i] = -1;
	const struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
	if (header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(CHANNEL_FDS * sizeof(int)))
		memcpy(files, CMSG_DATA(header), CHANNEL_FDS * sizeof(int));
	return n == (ssize_t)sizeof *out;
}

/* Whoever maps it after the seal can only read it. */
static bool seal(const struct region *region, bool ours)
{
	int seals = F_SEAL_SHRINK | F_SEAL_GROW;
	return fcntl(region->fd, F_ADD_SEALS, ours ? seals | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL : seals) == 0;
}

bool region_make(struct region *region, size_t size, bool ours)
{
	*region = (struct region){ .fd = memfd_create("assay", MFD_CLOEXEC | MFD_ALLOW_SEALING), .size = size };
	if (region->fd < 0)
		return false;
	if (ftruncate(region->fd, (off_t)size) == 0) {
		void *p = mmap(NULL, size, ours ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, region->fd, 0);
		region->p = p == MAP_FAILED ? NULL : p;
	}
	if (region->p && seal(region, ours))
		return true;
	int problem = errno;
	region_fini(region);
	errno = problem;
	return false;
}

void region_fini(struct region *region)
{
	if (region->p)
		munmap(region->p, region->size);
	file_close(&region->fd);
	region->p = NULL;
}
