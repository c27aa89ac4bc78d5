// Debian and Ubuntu install this header in an architecture folder that pkg-config names.
#include <cblas.h>
