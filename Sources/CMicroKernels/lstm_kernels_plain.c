// What the compiler makes of four lanes without further instruction sets: SSE2, or NEON on ARM.
#define LANES 4
#define VECTORS 2
#define NAME "plain"
#define SET_NAME segueKernelsPlain
#include "lstm_kernels_body.h"
