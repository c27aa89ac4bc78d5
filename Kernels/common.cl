// Shared by the kernels that follow: vectors of a width that is chosen when the program is built, work-groups that copy
// rows. And `fill`.
//
// All arrays are row-major float32. Sizes are uint; whatever is a product of sizes is a ulong. No fast-math, no
// float atomics: every sum has one order, so that the same run gives the same bits.

#pragma OPENCL FP_CONTRACT ON

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

// A function that shares its caller's local memory and constants.
#define PART static inline __attribute__((always_inline))

// A vector of 1, 4, 8 or 16 floats, and how it is loaded and stored.
#define VECTOR(width) JOIN(VECTOR_, width)
#define VECTOR_1 float
#define VECTOR_4 float4
#define VECTOR_8 float8
#define VECTOR_16 float16
#define LOAD(width, pointer) JOIN(LOAD_, width)(pointer)
#define LOAD_1(pointer) (*(pointer))
#define LOAD_4(pointer) vload4(0, pointer)
#define LOAD_8(pointer) vload8(0, pointer)
#define LOAD_16(pointer) vload16(0, pointer)
#define STORE(width, value, pointer) JOIN(STORE_, width)(value, pointer)
#define STORE_1(value, pointer) (*(pointer) = (value))
#define STORE_4(value, pointer) vstore4(value, 0, pointer)
#define STORE_8(value, pointer) vstore8(value, 0, pointer)
#define STORE_16(value, pointer) vstore16(value, 0, pointer)

// The lanes of a vector added up.
static inline float sum_of_4(const float4 v) { return dot(v, (float4)(1.0f)); }
static inline float sum_of_8(const float8 v) { return sum_of_4(v.lo + v.hi); }
static inline float sum_of_16(const float16 v) { return sum_of_8(v.lo + v.hi); }
#define SUM_OF(width, value) JOIN(sum_of_, width)(value)

// Work-groups of 16 columns that step along rows of any length.
#define COPY_ROWS (GROUP_SIZE / 16)
#define COPY_KERNEL kernel __attribute__((reqd_work_group_size(16, COPY_ROWS, 1)))

// What all work-items of a group have, added up or the largest of it, for each of them. parts of GROUP_SIZE; item is the
// work-item's number within the group.
PART float group_sum(const float value, const uint item, local float *parts) {
  parts[item] = value;
  for (uint half_size = GROUP_SIZE / 2; half_size > 0; half_size /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_size) parts[item] += parts[item + half_size];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const float sum = parts[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
}
PART float group_maximum(const float value, const uint item, local float *parts) {
  parts[item] = value;
  for (uint half_size = GROUP_SIZE / 2; half_size > 0; half_size /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_size) parts[item] = fmax(parts[item], parts[item + half_size]);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const float largest = parts[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return largest;
}

// to[i] = value.
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void fill(
    global float *to, const ulong to_at, const ulong count, const float value) {
  const ulong i = get_global_id(0);
  if (i < count) to[to_at + i] = value;
}
