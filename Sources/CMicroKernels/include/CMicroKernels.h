// The inner loops that need vector instructions, compiled once for each instruction set and chosen at run time.
#pragma once

#include "lstm_kernels.h"
#include "nearest.h"
