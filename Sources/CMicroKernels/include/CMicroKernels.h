#pragma once
#include "nearest.h"
