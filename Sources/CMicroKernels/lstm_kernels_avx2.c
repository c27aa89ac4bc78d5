#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define VECTORS 2
#define NAME "avx2"
#define SET_NAME segueKernelsAVX2
#include "lstm_kernels_body.h"
#pragma clang attribute pop
#endif
