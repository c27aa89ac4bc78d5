// What launches, waits and memory cost on a device, for `segue benchmark probe`; a program of its own, together with
// common.cl and exchange.cl. MEMBERS work-groups make a group, as in lstm_sequence.cl.

kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void nothing(void) {}

// Every work-group reads the `count` values of `from`, `passes` times over. `count` is a multiple of
// LOADS · GROUP_SIZE.
#define LOADS 8
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void read_again(
    global const float4 *from, const uint count, const uint passes, global float *sums) {
  float4 sum = (float4)(0.0f);
  for (uint pass = 0; pass < passes; pass++) {
    for (uint first = get_local_id(0); first < count; first += LOADS * GROUP_SIZE) {
      // All loads, then all additions: each load would otherwise wait for the one before it.
      float4 values[LOADS];
#pragma unroll
      for (uint i = 0; i < LOADS; i++) values[i] = from[first + i * GROUP_SIZE];
#pragma unroll
      for (uint i = 0; i < LOADS; i++) sum += values[i];
    }
  }
  sums[get_global_id(0)] = sum_of_4(sum);
}

kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void copy(
    global const float4 *from, global float4 *to, const ulong count) {
  const ulong i = get_global_id(0);
  if (i < count) to[i] = from[i];
}

#if EXCHANGE
// What the steps of lstm_sequence.cl wait when nothing is computed: in each, every member publishes and waits for the
// others. The phases follow `phase`.
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void group_barrier(
    const uint steps, volatile global uint *flags, uint phase, volatile global uint *fault, const uint patience) {
  local int intact;
  const uint item = get_local_id(0), member = get_group_id(0) % MEMBERS;
  volatile global uint *group_flags = flags + get_group_id(0) / MEMBERS * FLAGS_OF_GROUP;
  if (item == 0) intact = 1;
  for (uint step = 0; step < steps; step++) {
    STEP_BARRIER();
    phase++;
    if (item == 0) publish(group_flags + member, phase);
    if (!wait_for(group_flags, phase, patience, fault, &intact)) return;
  }
}
#endif
