#!/usr/bin/env perl
# An API behind the proxy: Mojolicious and Crypt::JWT. It believes the assertion and nothing else.
# Start: perl api.pl daemon --listen http://127.0.0.1:9000
use Mojolicious::Lite -signatures;
use Crypt::JWT qw(decode_jwt);

my $ISSUER = $ENV{ISSUER} // 'http://localhost:8000';
my $AUDIENCE = $ENV{AUDIENCE} // 'https://api.example.com';
my $JWKS_URL = $ENV{JWKS_URL} // "$ISSUER/.well-known/jwks.json";

my ($keys, $fetched) = (undef, 0);

# The keys, not older than so many seconds.
sub keys_for ($seconds) {
    return $keys if $keys && time - $fetched <= $seconds;
    state $agent = Mojo::UserAgent->new(connect_timeout => 3, request_timeout => 3);
    my $answer = $agent->get($JWKS_URL)->result;
    die "the keys are out of reach\n" unless $answer->code == 200;
    ($keys, $fetched) = ($answer->json, time);
    return $keys;
}

sub verify ($assertion, $keys) {
    my ($header, $claims) = eval {
        decode_jwt(
            token => $assertion, kid_keys => $keys, accepted_alg => 'ES256', decode_header => 1, leeway => 10,
            verify_iss => sub { $_[0] eq $ISSUER }, verify_aud => $AUDIENCE, verify_sub => sub { length $_[0] },
            verify_iat => 1, verify_exp => 1,
        );
    };
    return unless $claims && ($header->{typ} // '') eq 'auth-assertion+jwt';
    return $claims;
}

get '/whoami' => sub ($c) {
    my $assertion = $c->req->headers->header('X-Auth-Assertion') // '';
    my $claims = eval {
        # Once more with new keys, as its own may be among them: at most once a second.
        verify($assertion, keys_for(300)) // verify($assertion, keys_for(1)) // '';
    };
    if (!defined $claims) {
        $c->res->headers->header('Retry-After' => 1);
        return $c->render(text => 'try again', status => 503);
    }
    return $c->render(text => 'no valid assertion', status => 401) unless $claims;
    $c->render(json => { map { $_ => $claims->{$_} } qw(sub email role) });
};

app->start;
