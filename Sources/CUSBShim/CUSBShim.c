#include "CUSBShim.h"
