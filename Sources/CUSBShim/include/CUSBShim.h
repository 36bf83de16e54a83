#pragma once
#include <libusb.h>

// Makes a context that never looks for devices by itself (LIBUSB_OPTION_NO_DEVICE_DISCOVERY). A shim because
// libusb_set_option takes variable arguments. Returns libusb's code.
int cusb_make_context(libusb_context **context);

// The name of the kernel driver bound to an interface, in at most `capacity` bytes with a final NUL. Returns 0, or the
// errno: ENODATA when no driver is bound.
int cusb_driver(int node, unsigned int interface, char *name, unsigned int capacity);

// Unbinds the kernel driver from an interface. Returns 0 or the errno.
int cusb_detach_driver(int node, unsigned int interface);

// Lets the kernel look for a driver for an interface again. Returns 0 or the errno.
int cusb_attach_driver(int node, unsigned int interface);

// Opens a non-blocking socket that receives device events: group 1 is the kernel's, group 2 udev's. A shim because
// the socket's address and its constants are not imported. Returns the descriptor, or the errno negated.
int cusb_open_events(unsigned int group);

// "EACCES" for EACCES; a null pointer for numbers that are no errno.
const char *cusb_errno_name(int code);
