#!/usr/bin/env perl
# An API behind the proxy: Mojolicious and Crypt::JWT. It believes the assertion and nothing else.
# Start: perl api.pl daemon --listen http://127.0.0.1:9000
use Mojolicious::Lite -signatures;
use Crypt::JWT qw(decode_jwt);
use MIME::Base64 qw(decode_base64url);
use Mojo::JSON qw(decode_json);
use Time::HiRes qw(time);

my $ISSUER = $ENV{ISSUER} // 'http://localhost:8000';
my $AUDIENCE = $ENV{AUDIENCE} // 'https://api.example.com';
my $JWKS_URL = $ENV{JWKS_URL} // "$ISSUER/.well-known/jwks.json";

my ($keys, $fetched, $tried) = (undef, 0, 0);

# The keys. They are kept for five minutes, and fetched again if $kid is none of them: at most once a second, failed tries included.
sub keys_for ($kid) {
    return $keys if time - $fetched < 300 && grep { ($_->{kid} // '') eq $kid } $keys->{keys}->@*;
    if (time - $tried > 1) {
        state $agent = Mojo::UserAgent->new(connect_timeout => 3, request_timeout => 3);
        my $answer = eval { $agent->get($JWKS_URL)->result };
        $tried = time;
        ($keys, $fetched) = ($answer->json, $tried) if $answer && $answer->code == 200 && $answer->json('/keys/0');
    }
    die "the keys are out of reach\n" unless $fetched && $fetched == $tried;
    return $keys;
}

# The name of the key, from the header, which nothing has verified yet.
sub kid_of ($assertion) {
    my ($header) = split /\./, $assertion;
    my $kid = eval { decode_json(decode_base64url($header // ''))->{kid} };
    return $kid;
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
    my $kid = kid_of($assertion);
    my $keys = defined $kid ? eval { keys_for($kid) } : {};
    if (!$keys) {
        $c->res->headers->header('Retry-After' => 1);
        return $c->render(text => 'try again', status => 503);
    }
    my $claims = verify($assertion, $keys) or return $c->render(text => 'no valid assertion', status => 401);
    $c->render(json => { map { $_ => $claims->{$_} } qw(sub email role) });
};

app->start;
