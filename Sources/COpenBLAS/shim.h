// Debian and Ubuntu install this header in an architecture folder that pkg-config names.
#include <cblas.h>

// LAPACK, which OpenBLAS holds: eigenvalues and vectors of a symmetric matrix.
void dsyev_(const char *job, const char *part, const blasint *n, double *matrix, const blasint *stride, double *values,
            double *work, const blasint *work_count, blasint *status);
