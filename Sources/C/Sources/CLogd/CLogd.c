#include "logd.h"
