FROM varve.test/debian:12
ENV COLOUR=blue
WORKDIR /srv
CMD ["base"]
LABEL from=base
