// `<program> unpack-image FOLDER BYTES ENTRIES SOURCE [SHA256]:PATH...`: a process of its own for what
// strangers packed. It compares each file beneath the folder SOURCE with its digest before anything reads it,
// makes FOLDER its root and unpacks the archives there, one over the other. What went wrong is on stderr.
#pragma once

namespace aurora::executor {

int unpack_image_main(int argc, char** argv);

}  // namespace aurora::executor
