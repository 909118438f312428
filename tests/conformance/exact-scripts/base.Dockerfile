FROM varve.test/debian:12 AS debian
RUN mkdir -p /out/usr/bin /out/bin && for file in dash touch; do install -D "$(which $file)" /out/bin/$file; \
      ldd "$(which $file)" | grep -o '/[^ ]*' | while read -r library; do install -D "$library" "/out$library"; done; done && \
    printf '#!/bin/dash\necho $1 > /$1\ntouch -d @1400000000 /older-$1\n' > /out/tool && chmod 755 /out/tool
FROM scratch
COPY --from=debian /out /
