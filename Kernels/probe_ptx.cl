// One NVIDIA instruction in a kernel that is built by itself and never run: does the driver's compiler take it? Which
// one is chosen by defining its name.

#if defined(MMA_TF32) || defined(MMA_BF16)
#ifdef MMA_TF32
#define MMA "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
#else
#define MMA "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
#endif
kernel void probe(global float *sums, global const uint *factors) {
  const uint i = get_local_id(0);
  float s0 = sums[i], s1 = sums[i + 32], s2 = sums[i + 64], s3 = sums[i + 96];
  asm volatile(MMA "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(s0), "+f"(s1), "+f"(s2), "+f"(s3)
               : "r"(factors[i]), "r"(factors[i + 32]), "r"(factors[i + 64]), "r"(factors[i + 96]),
                 "r"(factors[i + 128]), "r"(factors[i + 160]));
  sums[i] = s0 + s1 + s2 + s3;
}
#elif defined(CVT_TF32)
kernel void probe(global uint *to, global const float *from) {
  uint rounded;
  asm volatile("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(from[get_local_id(0)]));
  to[get_local_id(0)] = rounded;
}
#elif defined(LD_ACQUIRE)
kernel void probe(global uint *to, volatile global uint *flag) {
  uint value;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(flag) : "memory");
  to[get_local_id(0)] = value;
}
#elif defined(ST_RELEASE)
kernel void probe(volatile global uint *flag) {
  asm volatile("st.release.gpu.global.u32 [%0], %1;" : : "l"(flag), "r"(1) : "memory");
}
#elif defined(FENCE)
kernel void probe(volatile global uint *flag) {
  *flag = 1;
  asm volatile("fence.acq_rel.gpu;" : : : "memory");
  *flag = 2;
}
#elif defined(CP_ASYNC)
kernel void probe(global float *to, global const float4 *from) {
  local float4 tile[32];
  const uint i = get_local_id(0);
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" : : "l"(tile + i), "l"(from + i) : "memory");
  asm volatile("cp.async.commit_group;\n\tcp.async.wait_group 0;" : : : "memory");
  to[i] = tile[i].x;
}
#elif defined(SHFL)
kernel void probe(global float *values) {
  const float value = values[get_local_id(0)];
  float other;
  asm volatile("shfl.sync.bfly.b32 %0, %1, 1, 31, 0xffffffff;" : "=f"(other) : "f"(value));
  values[get_local_id(0)] = value + other;
}
#endif
