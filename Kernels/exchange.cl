// How the work-groups of one launch hand data to each other: one writes, says so with a flag, the others see the flag and
// read. OpenCL promises no work-group that it will ever run beside another, so whoever waits, waits for so many looks
// only, then raises `fault` and leaves; the kernels after it refuse to use what is not finished.
//
//   EXCHANGE 0   nobody waits: every work-group is alone
//   EXCHANGE 1   OpenCL C 2 atomics of device scope
//   EXCHANGE 2   PTX, because NVIDIA's OpenCL offers no atomics of device scope

// Ends a step: all work-items of the work-group are here, and what they wrote may be handed on by one of them. Some
// compilers (LLVM for AMD's MI200 and MI300) let a barrier of work-group scope pass before the stores of other waves have
// left their compute unit, so the scope is the device's where it can be named.
#if EXCHANGE == 1
#define STEP_BARRIER() work_group_barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE, memory_scope_device)
#else
#define STEP_BARRIER() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#endif

#if EXCHANGE == 1
// Everything written before by this work-item, and by those it met at a barrier, is seen by whoever sees `phase`.
PART void publish(volatile global uint *flag, const uint phase) {
  atomic_store_explicit((volatile global atomic_uint *)flag, phase, memory_order_release, memory_scope_device);
}

PART uint observe(volatile global uint *flag) {
  return atomic_load_explicit((volatile global atomic_uint *)flag, memory_order_acquire, memory_scope_device);
}

// What another work-group wrote in this launch: past the caches that are not shared. Four floats begin at a multiple of
// 16 bytes.
PART float exchanged(global const float *from) {
  return as_float(atomic_load_explicit((volatile global atomic_uint *)from, memory_order_relaxed, memory_scope_device));
}

PART float4 exchanged_4(global const float *from) {
  return (float4)(exchanged(from), exchanged(from + 1), exchanged(from + 2), exchanged(from + 3));
}
#elif EXCHANGE == 2
PART void publish(volatile global uint *flag, const uint phase) {
  asm volatile("st.release.gpu.global.u32 [%0], %1;" : : "l"(flag), "r"(phase) : "memory");
}

PART uint observe(volatile global uint *flag) {
  uint phase;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(phase) : "l"(flag) : "memory");
  return phase;
}

PART float exchanged(global const float *from) {
  float value;
  asm volatile("ld.relaxed.gpu.global.f32 %0, [%1];" : "=f"(value) : "l"(from) : "memory");
  return value;
}

PART float4 exchanged_4(global const float *from) {
  float x, y, z, w;
  asm volatile("ld.relaxed.gpu.global.v4.f32 {%0, %1, %2, %3}, [%4];"
               : "=f"(x), "=f"(y), "=f"(z), "=f"(w)
               : "l"(from)
               : "memory");
  return (float4)(x, y, z, w);
}
#else
PART float exchanged(global const float *from) { return *from; }
PART float4 exchanged_4(global const float *from) { return *(global const float4 *)from; }
#endif

// Work-groups of a group at most; the flags of a group lie together, so that one load sees them all.
#define FLAGS_OF_GROUP 32

#if EXCHANGE
// Waits until every member of the group has published `phase`, or a later one.
// Returns false, for all work-items, when that took more than `patience` looks or somebody else has given up.
PART bool wait_for(
    volatile global uint *flags, const uint phase, const uint patience, volatile global uint *fault, local int *intact) {
  const uint item = get_local_id(0);
  if (item < MEMBERS) {
    uint looks = 0;
    while ((int)(observe(flags + item) - phase) < 0) {
      // Whether somebody else gave up is asked for now and then only: each look would take twice as long.
      if (++looks < patience && (looks % 64 != 0 || observe(fault) == 0)) continue;
      publish(fault, 1);
      *intact = 0;
      break;
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  return *intact;
}
#endif
