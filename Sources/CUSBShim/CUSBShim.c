#define _GNU_SOURCE
#include "CUSBShim.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/usbdevice_fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int cusb_make_context(libusb_context **context) {
  // In libusb 1.0.26 an option for a context that does not exist yet is set on NULL and holds for all later ones.
  libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY, NULL);
  return libusb_init(context);
}

int cusb_driver(int node, unsigned int interface, char *name, unsigned int capacity) {
  struct usbdevfs_getdriver request = {.interface = interface};
  if (capacity == 0) return EINVAL;
  if (ioctl(node, USBDEVFS_GETDRIVER, &request) != 0) return errno;
  request.driver[sizeof request.driver - 1] = 0;
  strncpy(name, request.driver, capacity - 1);
  name[capacity - 1] = 0;
  return 0;
}

static int forward(int node, unsigned int interface, int code) {
  struct usbdevfs_ioctl request = {.ifno = (int)interface, .ioctl_code = code, .data = NULL};
  return ioctl(node, USBDEVFS_IOCTL, &request) < 0 ? errno : 0;
}

int cusb_detach_driver(int node, unsigned int interface) { return forward(node, interface, USBDEVFS_DISCONNECT); }

int cusb_attach_driver(int node, unsigned int interface) { return forward(node, interface, USBDEVFS_CONNECT); }

int cusb_open_events(unsigned int group) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = group};
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
  if (descriptor < 0) return -errno;
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    int code = errno;
    close(descriptor);
    return -code;
  }
  return descriptor;
}

const char *cusb_errno_name(int code) { return strerrorname_np(code); }
