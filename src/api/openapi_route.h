// /v1/openapi.json of either daemon.
#pragma once

#include "aurora/codec/json_value.h"
#include "aurora/net/http.h"

namespace aurora::api {

net::Route scheduler_openapi_route();
const codec::JsonValue& scheduler_openapi();  // what it answers
// Its components that are the scheduler's as well, such as a task's configuration, are written down only
// there.
net::Route executor_openapi_route();

}  // namespace aurora::api
