FROM scratch
COPY src/b.txt /base
ENV COLOUR=blue
CMD ["/base"]
