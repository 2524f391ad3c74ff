// Fuzz targets: what a parser promises for any bytes. Each ends the process when the promise does not hold,
// returns otherwise, and keeps nothing from one call to the next. libFuzzer calls them (libfuzzer_entry.cpp),
// and the unit tests, with the kept corpus and seeded changes to it (corpus_test.cpp). Parsers written in
// Python: parsers.py.
#pragma once

#include <string_view>

namespace aurora::fuzz {

using Target = void(std::string_view input);

Target request;       // bodies that the scheduler decodes; the first byte chooses the kind
Target record;        // records of the store; the first byte chooses the kind
Target checkpoint;    // what a runner has written about its task
Target thermos_stream;  // the same of Thermos' runners
Target host_journal;  // what an executor has written about its host
Target log_marks;     // the times of logs, and the cursors that users give back; the first byte chooses
Target task_plan;     // what an executor tells a runner
Target task_payload;  // the executor's part of a task configuration
Target image_documents;  // index, manifest and configuration of an image; the first byte chooses the kind
Target image_layer;   // a layer of an image
Target clusters;      // clusters.json
Target netrc;         // ~/.netrc
Target byte_range;    // the Range header of a download
Target http_request;  // bytes that arrive at a server
Target http_answer;   // bytes with which a task answers its health check
Target exec_control;  // what a client says to a shell, or asks for one; the first byte chooses
Target events;        // tokens, streams and webhooks; the first byte chooses
Target cron_schedule;  // of a cron job
Target read_fields;   // which fields of an answer are wanted, and the answer
Target words;         // keys, patterns, instances and durations of the command line; the first byte chooses

// Ends the process, naming what does not hold.
void promise(bool holds, const char* what);

}  // namespace aurora::fuzz
