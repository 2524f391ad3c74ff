#pragma once

#include "aurora/api/since.h"
