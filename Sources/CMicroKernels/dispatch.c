#define _GNU_SOURCE
#include "lstm_kernels.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

extern const SegueKernels segueKernelsPlain;

#if defined(__x86_64__)
#include <xmmintrin.h>

extern const SegueKernels segueKernelsAVX512, segueKernelsAVX2;

const SegueKernels *segueKernelsNamed(const char *name) {
  if (!strcmp(name, "avx512"))
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") ? &segueKernelsAVX512 : NULL;
  if (!strcmp(name, "avx2"))
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &segueKernelsAVX2 : NULL;
  return strcmp(name, "plain") ? NULL : &segueKernelsPlain;
}

uint32_t segueFlushDenormals(void) {
  uint32_t state = _mm_getcsr();
  _mm_setcsr(state | 0x8040);  // flush to zero, denormals are zero
  return state;
}
void segueRestoreDenormals(uint32_t state) { _mm_setcsr(state); }

#else

const SegueKernels *segueKernelsNamed(const char *name) { return strcmp(name, "plain") ? NULL : &segueKernelsPlain; }

#if defined(__aarch64__)
uint32_t segueFlushDenormals(void) {
  uint64_t state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  __asm__ volatile("msr fpcr, %0" : : "r"(state | 1u << 24));
  return (uint32_t)state;
}
void segueRestoreDenormals(uint32_t state) { __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)state)); }
#else
uint32_t segueFlushDenormals(void) { return 0; }
void segueRestoreDenormals(uint32_t state) { (void)state; }
#endif
#endif

const SegueKernels *segueKernels(void) {
  static const char *const names[] = {"avx512", "avx2"};
  for (size_t n = 0; n < 2; n++) {
    const SegueKernels *kernels = segueKernelsNamed(names[n]);
    if (kernels) return kernels;
  }
  return &segueKernelsPlain;
}

long segueProcessorCount(void) {
  cpu_set_t set;
  int allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
  long online = sysconf(_SC_NPROCESSORS_ONLN);  // when there are more than such a set holds
  return allowed > 0 ? allowed : online > 0 ? online : 1;
}
