FROM varve.test/debian:12
ENV PATH=/base/bin:/bin COLOUR=blue EMPTY=
RUN chmod 777 /srv
WORKDIR /srv
USER games:mail
SHELL ["/bin/bash", "-c"]
ENTRYPOINT ["/base/tool"]
CMD ["base", "arguments"]
LABEL from=base other=base
EXPOSE 80
VOLUME /base
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=9s CMD ["/base/well"]
