// The one way to include cpp-httplib: its switches must be the same in every file.
#pragma once

// select() cannot watch descriptors above 1023, which a scheduler with a database reaches.
#define CPPHTTPLIB_USE_POLL
// Header and body are written one after the other; Nagle's algorithm would hold the second back for 40 ms.
#define CPPHTTPLIB_TCP_NODELAY true
#define CPPHTTPLIB_LISTEN_BACKLOG 1024
// A peer that closed is an error of write(), not a signal.
#define CPPHTTPLIB_SEND_FLAGS MSG_NOSIGNAL
// Of a body, by one call of the kernel; on the stack.
#define CPPHTTPLIB_RECV_BUFSIZ size_t(64u << 10)

// A static object of cpp-httplib starts OpenSSL in every process, which reads its configuration and a thousand texts: a
// third of what `aurora version` takes. OpenSSL starts itself when it is first used.
#include <openssl/ssl.h>
#define OPENSSL_init_ssl(options, settings) static_cast<void>(0)
#include <httplib.h>
#undef OPENSSL_init_ssl
