FROM scratch
COPY src /folder
COPY src/b.txt /gone/b.txt
