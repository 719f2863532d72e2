/// Functions that lay a grid over a path. Each gives `steps` knots from noise on, and then the end
/// of the walk: the clean data (sigma = 0, the default), or nothing further than the path's least
/// noise. Either way the walk has `steps` steps.
#pragma once

#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids/beta.hpp>
#include <fokker/path/grids/flow.hpp>
#include <fokker/path/grids/fractions.hpp>
#include <fokker/path/grids/jumps.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/grids/optimal.hpp>
#include <fokker/path/grids/resample.hpp>
#include <fokker/path/grids/restart.hpp>
#include <fokker/path/grids/sigmas.hpp>
#include <fokker/path/grids/tables.hpp>
#include <fokker/path/grids/times.hpp>
#include <fokker/path/grids/training_times.hpp>
