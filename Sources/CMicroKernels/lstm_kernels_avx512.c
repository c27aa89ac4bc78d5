#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define LANES 16
#define VECTORS 4
#define NAME "avx512"
#define SET_NAME segueKernelsAVX512
#include "lstm_kernels_body.h"
#pragma clang attribute pop
#endif
