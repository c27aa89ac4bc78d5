// The optimiser over whole slabs of parameters.
//
//   rmsprop:  v ← ρ·v + (1 − ρ)·g²      w ← w − rate·g / √(v + ε)
//   adamw:    m ← β₁·m + (1 − β₁)·g      v ← β₂·v + (1 − β₂)·g²
//             w ← decay·w − step size·m / (√v·root scale + ε)
//   clipping: g ← g·min(1, maximum / ‖g‖₂)
//
// `fault` is raised when work-groups waited for each other in vain (exchange.cl): then the gradients are unfinished, the
// update is refused, and the refusals are counted in the second number. A step of AdamW may be several updates of slices,
// which count as one: the third number is the step that was counted last.

kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void rmsprop_update(
    global float *parameters, const ulong parameters_at, global const float *gradients, const ulong gradients_at,
    global float *mean_squares, const ulong mean_squares_at, const ulong count, const float learning_rate,
    const float rho, const float epsilon, volatile global uint *fault) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  if (fault[0] != 0) {
    if (i == 0) fault[1]++;
    return;
  }
  const float g = gradients[gradients_at + i];
  const float v = rho * mean_squares[mean_squares_at + i] + (1.0f - rho) * g * g;
  mean_squares[mean_squares_at + i] = v;
  parameters[parameters_at + i] -= learning_rate * g / sqrt(v + epsilon);
}

kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void adamw_update(
    global float *parameters, const ulong parameters_at, global const float *gradients, const ulong gradients_at,
    global float *first_moments, const ulong first_moments_at, global float *second_moments,
    const ulong second_moments_at, const ulong count, const float beta1, const float gradient_share,
    const float beta2, const float square_share, const float decay, const float step_size, const float root_scale,
    const float epsilon, const uint step, volatile global uint *fault) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  if (fault[0] != 0) {
    if (i == 0 && fault[2] != step) {
      fault[1]++;
      fault[2] = step;
    }
    return;
  }
  const float g = gradients[gradients_at + i];
  const float m = beta1 * first_moments[first_moments_at + i] + gradient_share * g;
  const float v = beta2 * second_moments[second_moments_at + i] + square_share * g * g;
  first_moments[first_moments_at + i] = m;
  second_moments[second_moments_at + i] = v;
  const float w = parameters[parameters_at + i];
  parameters[parameters_at + i] = decay * w - step_size * m / (sqrt(v) * root_scale + epsilon);
}

// For norms and clipping each work-group takes one run of `chunk` values, a multiple of GROUP_SIZE.

// partials[s] = Σ g² over the s-th run.
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void squared_norm(
    global const float *gradients, const ulong gradients_at, const ulong count, const ulong chunk,
    global float *partials) {
  local float parts[GROUP_SIZE];
  const uint item = get_local_id(0);
  const ulong begin = get_group_id(0) * chunk;
  const ulong end = min(count, begin + chunk);
  float sum = 0.0f;
  for (ulong i = begin + item; i < end; i += GROUP_SIZE) {
    const float g = gradients[gradients_at + i];
    sum += g * g;
  }
  parts[item] = sum;
  for (uint half_size = GROUP_SIZE / 2; half_size > 0; half_size /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_size) parts[item] += parts[item + half_size];
  }
  if (item == 0) partials[get_group_id(0)] = parts[0];
}

// Every work-item adds the few partial sums in the same order, so all of them scale by the same factor.
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void clip_by_global_norm(
    global float *gradients, const ulong gradients_at, const ulong count, const ulong chunk,
    global const float *partials, const uint parts, const float maximum) {
  float sum = 0.0f;
  for (uint s = 0; s < parts; s++) sum += partials[s];
  const float norm = sqrt(sum);
  const float factor = norm <= maximum ? 1.0f : maximum / norm;
  const ulong begin = get_group_id(0) * chunk;
  const ulong end = min(count, begin + chunk);
  for (ulong i = begin + get_local_id(0); i < end; i += GROUP_SIZE) gradients[gradients_at + i] *= factor;
}
